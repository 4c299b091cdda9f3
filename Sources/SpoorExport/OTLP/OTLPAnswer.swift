// SPDX-License-Identifier: Apache-2.0

import SpoorBase

/// Reads the bodies of OTLP's answers: `ExportTraceServiceResponse` and `ExportLogsServiceResponse` after a success,
/// `google.rpc.Status` after a failure; as protobuf or as JSON, whatever their content type says. What cannot be read
/// counts as empty, because the status has decided already.
enum OTLPAnswer {
  /// The fields of an answer that is read.
  private struct Fields {
    var number: Int64 = 0
    var message = ""
  }

  static func acceptance(_ answer: [UInt8]) -> Acceptance {
    let fields: Fields? = unsafe answer.withUnsafeBytes { bytes in
      if isJSON(answer) {
        var reader = unsafe JSONPullReader(bytes)
        return json(&reader)
      }
      // `partial_success` 1: `rejected_spans` or `rejected_log_records` 1, `error_message` 2.
      var outer = unsafe ProtoFields(bytes)
      while let field = outer.next() {
        if field.number == 1, let content = unsafe field.bytes { return unsafe message(content, number: 1, text: 2) }
      }
      return nil
    }
    guard let fields, fields.number > 0 || !fields.message.isEmpty else { return .all }
    return Acceptance(rejected: Int(clamping: fields.number), message: fields.message)
  }

  /// The `message` of a `google.rpc.Status`.
  static func errorMessage(_ answer: [UInt8]) -> String? {
    let text: String? = unsafe answer.withUnsafeBytes { bytes in
      guard isJSON(answer) else { return unsafe message(bytes, number: 1, text: 2)?.message }
      var reader = unsafe JSONPullReader(bytes)
      var found: String?
      let isWhole = reader.forEachMember { key, reader in
        if key == "message", let text = reader.string() {
          found = text
        } else {
          reader.skip()
        }
      }
      return isWhole ? found : nil
    }
    return text.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func isJSON(_ answer: [UInt8]) -> Bool {
    // No protobuf answer begins with one of these: they would be fields 1, 4 and 15 with wire types that OTLP's answers
    // do not use there.
    switch answer.first {
    case UInt8(ascii: "{"), UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
      answer.first { $0 > 0x20 } == UInt8(ascii: "{")
    default: false
    }
  }

  private static func json(_ reader: inout JSONPullReader) -> Fields? {
    var fields: Fields?
    _ = reader.forEachMember { key, reader in
      guard key == "partialSuccess" || key == "partial_success", reader.peek == .object else { return reader.skip() }
      var found = Fields()
      _ = reader.forEachMember { key, reader in
        if key == "rejectedSpans" || key == "rejectedLogRecords" || key == "rejected_spans"
          || key == "rejected_log_records"
        {
          found.number = reader.integer() ?? 0
        } else if key == "errorMessage" || key == "error_message" {
          found.message = reader.string() ?? ""
        } else {
          reader.skip()
        }
      }
      fields = found
    }
    return fields
  }

  private static func message(_ bytes: UnsafeRawBufferPointer, number: UInt64, text: UInt64) -> Fields? {
    var fields = Fields()
    var reader = unsafe ProtoFields(bytes)
    while let field = reader.next() {
      if field.number == number { fields.number = Int64(bitPattern: field.value) }
      if field.number == text, let content = unsafe field.bytes {
        fields.message = unsafe String(decoding: content, as: UTF8.self)
      }
    }
    return reader.isWhole ? fields : nil
  }
}

/// The fields of a protobuf message, one after the other, up to the first that is not whole.
@safe
struct ProtoFields {
  @safe
  struct Field {
    let number: UInt64
    /// Of wire types 0, 1 and 5.
    var value: UInt64 = 0
    /// Of wire type 2.
    var bytes: UnsafeRawBufferPointer?
  }

  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private(set) var isWhole = true

  init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

  mutating func next() -> Field? {
    guard isWhole, unsafe position < bytes.count else { return nil }
    guard let tag = varint(), tag >> 3 > 0 else { return fail() }
    var field = unsafe Field(number: tag >> 3)
    switch tag & 7 {
    case 0:
      guard let value = varint() else { return fail() }
      field.value = value
    case 1, 5:
      let size = tag & 7 == 1 ? 8 : 4
      guard unsafe bytes.count - position >= size else { return fail() }
      for index in 0..<size { field.value |= UInt64(unsafe bytes[position + index]) << (8 * UInt64(index)) }
      position += size
    case 2:
      guard let length = varint(), unsafe length <= UInt64(bytes.count - position) else { return fail() }
      unsafe field.bytes = UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(length)])
      position += Int(length)
    default: return fail()
    }
    return field
  }

  private mutating func fail() -> Field? {
    isWhole = false
    return nil
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while unsafe position < bytes.count, shift < 64 {
      let byte = unsafe bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
