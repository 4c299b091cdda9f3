// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

@testable import SpoorExport

/// A span for tests: fields in a buffer, and the values beside them.
struct Recorded: Sendable {
  var traceIDHigh: UInt64 = 0x463a_c35c_9f64_13ad
  var traceIDLow: UInt64 = 0x4848_5a39_53bb_6124
  var spanID: UInt64 = 0xa2fb_4a1d_1a96_d312
  var parentSpanID: UInt64 = 0
  var startNanoseconds: UInt64 = 1_699_366_981_234_567_890
  var durationNanoseconds: UInt64 = 1_234_567
  var kind = SpanRecordKind.internal
  var flags: SpanRecordFlags = []
  var kept = KeptReason.headDecision
  var dropped = (attributes: 0, events: 0, links: 0)
  var fields = FieldBuffer()
  var resource = Resource(service: "order-service", instance: "")

  init() {}

  /// A copy with changes.
  func with(_ change: (inout Recorded) -> Void) -> Recorded {
    var copy = self
    change(&copy)
    return copy
  }

  mutating func name(_ name: String, sequence: UInt16 = 0) {
    fields.append(.name, sequence: sequence, value: name.utf8)
  }

  mutating func attribute(_ key: String, _ value: String, sequence: UInt16 = 0) {
    fields.append(.attribute, key: key, sequence: sequence, value: value.utf8)
  }

  mutating func attribute(_ key: String, _ value: Int, sequence: UInt16 = 0) {
    fields.append(.attribute, key: key, type: .int64, sequence: sequence, value: Int64(value).littleEndianBytes)
  }

  mutating func attribute(_ key: String, _ value: Double) {
    fields.append(.attribute, key: key, type: .double, value: value.bitPattern.littleEndianBytes)
  }

  mutating func attribute(_ key: String, _ value: Bool) {
    fields.append(.attribute, key: key, type: .bool, value: [value ? 1 : 0])
  }

  mutating func attribute(_ key: String, _ type: FieldValueType, _ bytes: [UInt8]) {
    fields.append(.attribute, key: key, type: type, value: bytes)
  }

  mutating func status(_ code: StatusCode, _ message: String = "") {
    fields.append(.status, type: .structure, value: [code.rawValue] + message.utf8)
  }

  mutating func event(_ name: String, at nanoseconds: UInt64, _ attributes: (inout Recorded) -> Void = { _ in }) {
    var nested = Recorded()
    attributes(&nested)
    let value = unsafe nested.fields.withFields { unsafe nanoseconds.littleEndianBytes + Array($0) }
    fields.append(.event, key: name, type: .structure, value: value)
  }

  mutating func link(
    high: UInt64 = 0, low: UInt64, span: UInt64, _ attributes: (inout Recorded) -> Void = { _ in }
  ) {
    var nested = Recorded()
    attributes(&nested)
    let ids = high.littleEndianBytes + low.littleEndianBytes + span.littleEndianBytes
    fields.append(.link, type: .structure, value: unsafe nested.fields.withFields { unsafe ids + Array($0) })
  }

  mutating func origin(_ text: String) { fields.append(.origin, value: text.utf8) }

  /// Passes the record to `body`.
  func withRecord<Result>(_ body: (SpanRecord) throws -> Result) rethrows -> Result {
    try unsafe fields.withFields { bytes in
      try body(
        unsafe SpanRecord(
          traceIDHigh: traceIDHigh, traceIDLow: traceIDLow, spanID: spanID, parentSpanID: parentSpanID,
          startNanoseconds: startNanoseconds, durationNanoseconds: durationNanoseconds, kind: kind, flags: flags,
          kept: kept, droppedAttributes: dropped.attributes, droppedEvents: dropped.events,
          droppedLinks: dropped.links, fields: bytes))
    }
  }

  /// The encoded span, or nil if it cannot be encoded.
  func encoded(_ encoder: some SpanEncoder) -> [UInt8]? {
    var buffer = EncodeBuffer(capacity: 16)
    let range = withRecord { encoder.encodeSpan($0, resource: resource, into: &buffer) }
    return range.map { buffer.records.array($0) }
  }

  /// The span as JSON.
  var json: String? { encoded(ZipkinJSONEncoder()).map { String(decoding: $0, as: UTF8.self) } }
}

extension FixedWidthInteger {
  var littleEndianBytes: [UInt8] { unsafe withUnsafeBytes(of: littleEndian) { unsafe Array($0) } }
}

extension Array where Element == UInt8 {
  /// The value of a field of type `stringArray`.
  static func strings(_ strings: [String]) -> [UInt8] {
    strings.flatMap { UInt32($0.utf8.count).littleEndianBytes + $0.utf8 }
  }
}
