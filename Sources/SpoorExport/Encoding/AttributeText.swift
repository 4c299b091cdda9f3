import SpoorBytes
import SpoorJournal

/// Attributes as text: "Primitive types MUST be converted to string using en-US culture settings", "array values MUST be
/// serialized to string like a JSON list" (OpenTelemetry to Zipkin Transformation, Attribute).
struct AttributeText {
  let formatStack: StackFormatter

  /// The value's text: the field's own memory, or put together in `scratch`, behind what lies there.
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

  /// Appends the value as JSON: a list for an array, and what JSON has no number for as a string.
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

  /// String after string; what is not whole at the end is left out.
  private func appendStrings(_ field: RecordField, _ output: inout GrowingBytes) {
    output.append(UInt8(ascii: "["))
    var rest = unsafe field.value[...]
    var isFirst = true
    while unsafe rest.count >= 4 {
      let length = Int(unsafe UInt32(littleEndian: rest.loadUnaligned(as: UInt32.self)))
      unsafe rest = rest.dropFirst(4)
      guard unsafe length <= rest.count else { break }
      if !isFirst { output.append(UInt8(ascii: ",")) }
      isFirst = false
      output.appendQuoted(unsafe Text(UnsafeRawBufferPointer(rebasing: rest.prefix(length))))
      unsafe rest = rest.dropFirst(length)
    }
    output.append(UInt8(ascii: "]"))
  }

  private func stack(_ field: RecordField) -> String {
    formatStack((unsafe 0..<field.value.count / 8).map { field.word($0) })
  }
}

extension GrowingBytes {
  /// What was appended since there were `start` bytes, as text; valid until something changes.
  @inline(__always)
  func text(from start: Int) -> Text {
    unsafe withBytes { unsafe Text(UnsafeRawBufferPointer(rebasing: $0[start...])) }
  }
}
