/// Fields written one after the other into growing memory: for what is nested in an event or a link, for records that
/// are put together from a dead process's file, and for tests.
package struct FieldBuffer: Sendable {
  private(set) var bytes: [UInt8] = []

  package init() {}

  /// Begins with the fields of a record.
  init(copying fields: UnsafeRawBufferPointer) { unsafe bytes = Array(fields) }

  package var isEmpty: Bool { bytes.isEmpty }

  /// Appends a field. A key is cut at 65 535 bytes of UTF-8, a value as well.
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

  /// The bytes as they lie in a record.
  package func withFields<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try unsafe bytes.withUnsafeBytes { try unsafe body($0) }
  }

  /// A record of these fields, for the length of the call.
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

  /// The bytes of an integer as the fixed part of an event or a link has them.
  static func word(_ value: UInt64) -> [UInt8] {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe Array($0) }
  }
}
