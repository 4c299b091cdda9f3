// SPDX-License-Identifier: Apache-2.0

/// Fields in a growing array: for the fields nested in an event or link, for records from a dead process's file, and
/// for tests.
package struct FieldBuffer: Sendable {
  fileprivate(set) var bytes: [UInt8] = []

  package init() {}

  /// Creates a buffer with the fields of a record.
  init(copying fields: UnsafeRawBufferPointer) { unsafe bytes = Array(fields) }

  package var isEmpty: Bool { bytes.isEmpty }

  /// Appends a field. Key and value are each cut at 65 535 bytes of UTF-8.
  package mutating func append(
    _ kind: FieldKind, key: String = "", type: FieldValueType = .string, sequence: UInt16 = 0,
    value: some Sequence<UInt8>
  ) {
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: RecordField.headerSize))
    bytes.append(contentsOf: key.utf8.prefix(RecordField.maximumLength))
    let keyLength = bytes.count - start - RecordField.headerSize
    bytes.append(contentsOf: value.prefix(RecordField.maximumLength))
    let valueLength = bytes.count - start - RecordField.headerSize - keyLength
    while bytes.count % 8 != 0 { bytes.append(0) }
    let header = RecordField.header(kind, type, sequence: sequence, key: keyLength, value: valueLength)
    unsafe withUnsafeBytes(of: header.littleEndian) { unsafe bytes.replaceSubrange(start..<start + 8, with: $0) }
  }

  /// OpenTelemetry's name for the number of attributes that were dropped.
  package static let droppedKey = "otel.dropped_attributes_count"

  /// A buffer with the note that `count` attributes are missing.
  static func dropped(_ count: Int) -> FieldBuffer {
    var buffer = FieldBuffer()
    buffer.append(.attribute, key: droppedKey, count: count)
    return buffer
  }

  /// The number of bytes.
  package var byteCount: Int { bytes.count }

  /// Appends a number as a field.
  package mutating func append(_ kind: FieldKind, key: String, count: Int) {
    append(kind, key: key, type: .int64, value: Self.word(UInt64(count)))
  }

  /// Calls `body` with the bytes in the form of a record.
  package func withFields<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try unsafe bytes.withUnsafeBytes { try unsafe body($0) }
  }

  /// Calls `body` with a record of these fields, which is valid during the call.
  package func withRecord<Result>(
    traceIDHigh: UInt64 = 0, traceIDLow: UInt64, spanID: UInt64, parentSpanID: UInt64 = 0,
    startNanoseconds: UInt64, durationNanoseconds: UInt64, kind: SpanRecordKind = .internal,
    flags: SpanRecordFlags = SpanRecordFlags(), kept: KeptReason = .headDecision,
    _ body: (SpanRecord) throws -> Result
  ) rethrows -> Result {
    try unsafe withFields { fields in
      try body(
        unsafe SpanRecord(
          traceIDHigh: traceIDHigh, traceIDLow: traceIDLow, spanID: spanID, parentSpanID: parentSpanID,
          startNanoseconds: startNanoseconds, durationNanoseconds: durationNanoseconds, kind: kind, flags: flags,
          kept: kept, fields: fields))
    }
  }

  /// The bytes of an integer in the fixed part of an event or link.
  static func word(_ value: UInt64) -> [UInt8] {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe Array($0) }
  }
}
