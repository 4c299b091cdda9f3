// SPDX-License-Identifier: Apache-2.0

package import SpoorBase
import SpoorJournal

/// The result of one pass over a record's fields: the fields of which the last one counts, and the numbers of the
/// others.
struct SpanSummary {
  private(set) var name: RecordField?
  private(set) var status: RecordField?
  private(set) var origin: RecordField?
  private(set) var attributes = 0
  private(set) var events = 0
  private(set) var links = 0
  private(set) var keys = KeyFilter()
  private(set) var peer = PeerAttributes()

  private let isMarkedFailed: Bool

  init(_ record: SpanRecord) {
    isMarkedFailed = record.flags.has(.failed)
    for field in record.fields {
      switch field.kind {
      case .attribute:
        attributes += 1
        let key = field.keyUTF8
        keys.insert(key)
        if !record.kind.isInternal { peer.note(field, key: key, kind: record.kind) }
      case .event: events += 1
      case .link: links += 1
      case .name: Self.replace(&name, field)
      case .status: Self.replace(&status, field)
      case .origin: Self.replace(&origin, field)
      case .dead: break
      }
    }
  }

  @inline(__always)
  private static func replace(_ old: inout RecordField?, _ new: RecordField) {
    if let old, old.isNewer(than: new) { return }
    old = new
  }

  var statusCode: StatusCode {
    guard let status, let first = unsafe status.value.first else { return isMarkedFailed ? .error : .unset }
    return StatusCode(rawValue: first) ?? .unset
  }

  /// The name; empty if there is none.
  var statusMessage: Text {
    guard let status else { return "" as Text }
    return status.valueUTF8.dropFirst(1)
  }
}

extension Text: ExpressibleByStringLiteral {
  @inline(__always)
  package init(stringLiteral value: StaticString) { self.init(value) }
}

extension RecordFields {
  /// Whether a later field of the same kind and key overrides this one, which is the `position`-th (from 0) of its
  /// kind. If two have the same sequence number, the one that is stored later counts.
  func supersede(_ field: RecordField, at position: Int) -> Bool {
    let key = field.keyUTF8
    var index = -1
    for other in self where other.kind.rawValue == field.kind.rawValue {
      index += 1
      guard index != position, other.keyUTF8 == key else { continue }
      if index > position ? !field.isNewer(than: other) : other.isNewer(than: field) { return true }
    }
    return false
  }
}
