// SPDX-License-Identifier: Apache-2.0

/// What every statistic needs of a record.
package struct RecordHead: Sendable {
  /// Microseconds since 1970; `nil` if neither the record nor its carrier has a time.
  package let time: Int64?
  /// The id of its trace, in lower case.
  package let traceID: String?
  package let service: String?
  package let event: String?

  package init(_ record: LogRecord) {
    (time, traceID, service, event) = (record.time, record.traceID, record.service, record.event)
  }

  fileprivate init(_ view: LogView) {
    (time, traceID, service, event) = (view.time, view.traceID, view.service, view.event)
  }
}

/// Records about the unexpected end of a process.
package enum ProcessEnd {
  /// Events that Spoor writes at the next start of a service.
  private static let events: Set<String> = ["process_crashed", "process_interrupted"]

  /// Whether a record with this event is one.
  package static func isReported(by event: String?) -> Bool {
    guard let event, event.utf8.first == UInt8(ascii: "p") else { return false }
    return events.contains(event)
  }
}

/// A record of which no more is kept than statistics of failures need, which takes a fraction of the time of a whole
/// one: of a good record without nested fields its head and its short members, of any other all.
@safe
package struct BriefRecord: Sendable {
  /// Values with more bytes are left out.
  package static let longestValue = 64

  package let head: RecordHead
  /// The level; `trace` if it is unknown.
  package let level: LogLevel
  /// The whole record; `nil` if it reports neither a failure nor the end of a process, and all of its members are
  /// scalars.
  package let whole: LogRecord?
  /// For each member a byte with the length of its key, the key, and the same of its value.
  private let members: [UInt8]

  /// Makes it from a record that is known as a whole.
  package init(_ record: LogRecord) {
    (head, level, whole, members) = (RecordHead(record), record.severity, record, [])
  }

  init(_ view: LogView) {
    head = RecordHead(view)
    level = view.level ?? .trace
    guard !ProcessEnd.isReported(by: head.event), level < .error, let packed = view.packedMembers else {
      (whole, members) = (LogRecord(view), [])
      return
    }
    (whole, members) = (nil, packed)
  }

  /// Calls `body` with the key of each member that was kept, and its value as text without quotes.
  package func forEachMember(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
    unsafe members.withUnsafeBytes { bytes in
      var index = 0
      func part() -> UnsafeRawBufferPointer {
        let start = index + 1
        unsafe index = start + Int(bytes[index])
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<index])
      }
      while index < bytes.count {
        let key = unsafe part()
        unsafe body(key, part())
      }
    }
  }
}

extension LogView {
  /// The members in the form of ``BriefRecord``; `nil` if one is no scalar or may belong to a failure.
  fileprivate var packedMembers: [UInt8]? {
    guard !mayHaveNested, tape.kind(object) == JSONTape.Kind.object else { return nil }
    var packed: [UInt8] = []
    packed.reserveCapacity(256)
    var index = object + 1
    while tape.kind(index) != JSONTape.Kind.objectEnd {
      guard let value = Scalar(tape, index + 1) else { return nil }
      let key = unsafe tape.bytes(index)
      if unsafe key.count > UInt8.max || LogFailure.mayReport(key) { return nil }
      if case .text(let bytes) = value {
        unsafe Self.pack(key, bytes, into: &packed)
      } else {
        var text = value.text
        text.withUTF8 { unsafe Self.pack(key, UnsafeRawBufferPointer($0), into: &packed) }
      }
      index = tape.after(index + 1)
    }
    return packed
  }

  private static func pack(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into packed: inout [UInt8]) {
    guard value.count <= BriefRecord.longestValue else { return }
    packed.append(UInt8(key.count))
    unsafe packed.append(contentsOf: key)
    packed.append(UInt8(value.count))
    unsafe packed.append(contentsOf: value)
  }
}
