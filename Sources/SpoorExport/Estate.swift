package import SpoorJournal

/// What dead processes left and this one ships: their files, and how far each is done.
///
/// A file is removed when the last of its spans is settled and its lines are in our own ring, not before: should this
/// process die too, the next one sends what was not yet marked again, with the same bytes.
struct Estate {
  private struct Legacy {
    let journal: DeadJournal
    let style: LegacyStyle
    let resource: PreparedResource
    var next = 0
    var unsettled: Int
    var replayed = 0

    var isDone: Bool { unsettled == 0 && replayed == journal.lines.count }
  }

  private var legacies: [UInt32: Legacy] = [:]
  private var order: [UInt32] = []
  private var lastNumber: UInt32 = 0

  /// Tokens of foreign spans have a file's number above the slot's index; own ones have 0 there.
  static func isForeign(_ token: UInt64) -> Bool { token >> 32 != 0 }

  /// The token of what belongs to no slot: nothing is to be done when it is settled.
  static let unowned = UInt64(UInt32.max) << 32

  /// The files in hand.
  var names: Set<String> { Set(legacies.values.map(\.journal.fileName)) }

  /// Spans that are not settled.
  var remaining: Int { legacies.values.reduce(0) { $0 + $1.unsettled } }

  /// Whether ``next()`` gives something.
  var hasMore: Bool { !order.isEmpty }

  /// Whether lines of dead processes wait for room.
  var hasLines: Bool { legacies.values.contains { $0.replayed < $0.journal.lines.count } }

  mutating func add(_ journal: DeadJournal, _ style: LegacyStyle) {
    let legacy = Legacy(
      journal: journal, style: style, resource: style.encoder.prepare(journal.resource),
      unsettled: journal.entries.count)
    guard !legacy.isDone else { return journal.remove() }
    lastNumber += 1
    legacies[lastNumber] = legacy
    if !journal.entries.isEmpty { order.append(lastNumber) }
  }

  /// Hands the lines that dead processes had not written to `write`, the oldest process first, until it says that there
  /// is no room.
  mutating func replayLines(_ write: (DeadJournal, [UInt8]) -> Bool) {
    for number in legacies.keys.sorted() {
      guard var legacy = legacies[number] else { continue }
      while legacy.replayed < legacy.journal.lines.count, write(legacy.journal, legacy.journal.lines[legacy.replayed]) {
        legacy.replayed += 1
      }
      let isStuck = legacy.replayed < legacy.journal.lines.count
      put(legacy, number)
      if isStuck { return }
    }
  }

  private mutating func put(_ legacy: Legacy, _ number: UInt32) {
    if legacy.isDone {
      legacy.journal.remove()
      legacies[number] = nil
    } else {
      legacies[number] = legacy
    }
  }

  /// The next span to encode.
  mutating func next() -> (
    token: UInt64, journal: DeadJournal, entry: DeadJournal.Entry, style: LegacyStyle, resource: PreparedResource
  )? {
    guard let number = order.first, var legacy = legacies[number] else { return nil }
    let entry = legacy.journal.entries[legacy.next]
    legacy.next += 1
    legacies[number] = legacy
    if legacy.next == legacy.journal.entries.count { order.removeFirst() }
    return (UInt64(number) << 32 | UInt64(entry.index), legacy.journal, entry, legacy.style, legacy.resource)
  }

  /// A span is delivered, or never will be.
  mutating func settle(_ token: UInt64) {
    let number = UInt32(truncatingIfNeeded: token >> 32)
    guard var legacy = legacies[number] else { return }
    legacy.journal.markShipped(slot: UInt32(truncatingIfNeeded: token))
    legacy.unsettled -= 1
    put(legacy, number)
  }
}

/// How what a dead process left is encoded: its addresses mean something else than ours.
package struct LegacyStyle: Sendable {
  package var encoder: any SpanEncoder
  /// The slot of the span that the process was in when it crashed, and what is added to that span.
  package var crash: (slot: UInt32, attributes: [(key: String, value: String)])?

  package init(encoder: any SpanEncoder, crash: (slot: UInt32, attributes: [(key: String, value: String)])? = nil) {
    self.encoder = encoder
    self.crash = crash
  }

  /// What is added to a span.
  package func attributes(of entry: DeadJournal.Entry) -> [(key: String, value: String)] {
    guard let crash, entry.state == .open, crash.slot == entry.index else { return [] }
    return crash.attributes
  }
}
