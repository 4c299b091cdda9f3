// SPDX-License-Identifier: Apache-2.0

/// A log record as OTLP has it.
package struct OTLPLogRecord: Sendable, Hashable {
  /// Nanoseconds since 1970; 0 if unknown.
  package private(set) var time: UInt64 = 0
  /// When a collector or the SDK saw the record, in nanoseconds since 1970; 0 if unknown.
  package private(set) var observedTime: UInt64 = 0
  /// 1 to 24; 0 if unknown.
  package private(set) var severity: UInt64 = 0
  package private(set) var severityText = ""
  package private(set) var eventName = ""
  package private(set) var body = OTLPValue.empty
  /// In the order of the sender; of equal keys the last one.
  package private(set) var attributes: [OTLPAttribute] = []
  package private(set) var droppedAttributes: UInt32 = 0
  /// W3C's trace flags.
  package private(set) var flags: UInt32 = 0
  /// `nil` outside a trace.
  package private(set) var traceID: ZipkinTraceID?
  package private(set) var spanID: ZipkinSpanID?

  /// Reads a message `LogRecord`.
  /// - Throws: ``SpanError`` for bytes that are no such message, and for identifiers of a wrong length.
  init(_ reader: inout ProtoReader) throws(SpanError) {
    while let (number, type) = try reader.nextField() {
      switch (number, type) {
      case (1, .fixed64): time = try reader.fixed64()
      case (2, .varint): severity = try reader.varint()
      case (3, .lengthDelimited): severityText = try reader.string()
      case (5, .lengthDelimited):
        var value = try reader.nested()
        body = try OTLPValue(&value)
      case (6, .lengthDelimited): attributes.append(try OTLPAttribute(&reader))
      case (7, .varint): droppedAttributes = UInt32(truncatingIfNeeded: try reader.varint())
      case (8, .fixed32): flags = try reader.fixed32()
      case (9, .lengthDelimited): traceID = try OTLPID.trace(try reader.slice(), "trace_id")
      case (10, .lengthDelimited): spanID = try OTLPID.span(try reader.slice(), "span_id")
      case (11, .fixed64): observedTime = try reader.fixed64()
      case (12, .lengthDelimited): eventName = try reader.string()
      default: try reader.skip(type)
      }
    }
    attributes = OTLPAttribute.unique(attributes)
  }
}

/// Reads the log records of an `ExportLogsServiceRequest` one by one. A copy of a reader goes on where the reader was.
package struct OTLPLogReader: Sendable {
  package enum Element: Sendable {
    /// A record, where it comes from, and the bytes of its message.
    case record(OTLPLogRecord, OTLPOrigin, size: Int)
    /// What is wrong with a record.
    case refused(SpanError)
  }

  private var records: OTLPRecordReader
  private var index = 0

  /// - Parameter bytes: the request in protobuf.
  package init(_ bytes: [UInt8]) { records = OTLPRecordReader(bytes) }

  /// The next record; `nil` after the last one.
  /// - Throws: ``SpanError`` if the rest cannot be read.
  package mutating func next() throws(SpanError) -> Element? {
    guard let record = try records.next() else { return nil }
    defer { index += 1 }
    do throws(SpanError) {
      let origin = try record.origin.get()
      var message = record.message
      return .record(try OTLPLogRecord(&message), origin, size: record.message.rest.count)
    } catch {
      return .refused(SpanError("log record \(index): \(error.description)"))
    }
  }
}
