// SPDX-License-Identifier: Apache-2.0

import SpoorBase
package import SpoorJournal

/// Attributes as text: "Primitive types MUST be converted to string using en-US culture settings", "array values MUST
/// be serialized to string like a JSON list" (OpenTelemetry to Zipkin Transformation, Attribute).
package struct AttributeText {
  let formatStack: StackFormatter

  package init(formatStack: @escaping StackFormatter) { self.formatStack = formatStack }

  /// The text of the value.
  package func string(_ field: RecordField) -> String {
    var scratch = GrowingBytes()
    let text = text(field, &scratch)
    return unsafe String(decoding: text.bytes, as: UTF8.self)
  }

  /// The text of the value: the field's own memory, or text that is built in `scratch` after its current content.
  ///
  /// Valid until `scratch` changes.
  @inline(__always)
  func text(_ field: RecordField, _ scratch: inout GrowingBytes) -> Text {
    switch field.type {
    case .string: return field.valueUTF8
    case .bool: return unsafe field.value.first == 1 ? "true" : "false"
    default:
      let start = scratch.count
      switch field.type {
      case .int64: scratch.appendDecimal(Int64(bitPattern: field.word(0)))
      case .double: scratch.appendDecimal(Double(bitPattern: field.word(0)))
      case .addresses: scratch.append(stack(field))
      default: appendJSON(field, &scratch)
      }
      return scratch.text(from: start)
    }
  }

  /// Appends the value as JSON: a list for an array, and a string for a number that JSON cannot represent.
  func appendJSON(_ field: RecordField, _ output: inout GrowingBytes) {
    switch field.type {
    case .string: output.appendQuoted(field.valueUTF8)
    case .bool: appendBool(unsafe field.value.first == 1, &output)
    case .int64: output.appendDecimal(Int64(bitPattern: field.word(0)))
    case .double: appendDouble(field.word(0), &output)
    case .addresses: Text.with(stack(field)) { output.appendQuoted($0) }
    case .int64Array:
      appendList(unsafe field.value.count / 8, &output) { $1.appendDecimal(Int64(bitPattern: field.word($0))) }
    case .doubleArray:
      appendList(unsafe field.value.count / 8, &output) { appendDouble(field.word($0), &$1) }
    case .boolArray:
      appendList(unsafe field.value.count, &output) { appendBool(unsafe field.value[$0] == 1, &$1) }
    case .stringArray: appendStrings(field, &output)
    case .structure: output.append("null" as StaticString)
    }
  }

  private func appendList(
    _ count: Int, _ output: inout GrowingBytes, _ element: (Int, inout GrowingBytes) -> Void
  ) {
    output.append(UInt8(ascii: "["))
    for index in 0..<count {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      element(index, &output)
    }
    output.append(UInt8(ascii: "]"))
  }

  private func appendBool(_ value: Bool, _ output: inout GrowingBytes) {
    output.append(value ? "true" as StaticString : "false")
  }

  private func appendDouble(_ bits: UInt64, _ output: inout GrowingBytes) {
    let value = Double(bitPattern: bits)
    if !value.isFinite { output.append(UInt8(ascii: "\"")) }
    output.appendDecimal(value)
    if !value.isFinite { output.append(UInt8(ascii: "\"")) }
  }

  private func appendStrings(_ field: RecordField, _ output: inout GrowingBytes) {
    output.append(UInt8(ascii: "["))
    var isFirst = true
    unsafe field.forEachText { text in
      if !isFirst { output.append(UInt8(ascii: ",")) }
      isFirst = false
      unsafe output.appendQuoted(Text(text))
    }
    output.append(UInt8(ascii: "]"))
  }

  private func stack(_ field: RecordField) -> String {
    field.stackText(formatStack)
  }
}

extension GrowingBytes {
  /// The bytes that were appended after the first `start`, as text; valid until the next change.
  @inline(__always)
  func text(from start: Int) -> Text {
    unsafe withBytes { unsafe Text(UnsafeRawBufferPointer(rebasing: $0[start...])) }
  }
}
