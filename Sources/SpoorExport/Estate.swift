internal import SpoorJournal

/// What dead processes left and this one ships: their files, and how far each is done.
///
/// A file is removed when the last of its spans is settled, not before: should this process die too, the next one sends
/// what was not yet marked again, with the same bytes.
struct Estate {
  private struct Legacy {
    let journal: DeadJournal
    var next = 0
    var unsettled: Int
  }

  private var legacies: [UInt32: Legacy] = [:]
  private var order: [UInt32] = []
  private var lastNumber: UInt32 = 0

  /// Tokens of foreign spans have a file's number above the slot's index; own ones have 0 there.
  static func isForeign(_ token: UInt64) -> Bool { token >> 32 != 0 }

  /// The files in hand.
  var names: Set<String> { Set(legacies.values.map(\.journal.fileName)) }

  /// Spans that are not settled.
  var remaining: Int { legacies.values.reduce(0) { $0 + $1.unsettled } }

  /// Whether ``next()`` gives something.
  var hasMore: Bool { !order.isEmpty }

  mutating func add(_ journal: DeadJournal) {
    guard !journal.entries.isEmpty else { return journal.remove() }
    lastNumber += 1
    legacies[lastNumber] = Legacy(journal: journal, unsettled: journal.entries.count)
    order.append(lastNumber)
  }

  /// The next span to encode.
  mutating func next() -> (token: UInt64, journal: DeadJournal, entry: DeadJournal.Entry)? {
    guard let number = order.first, var legacy = legacies[number] else { return nil }
    let entry = legacy.journal.entries[legacy.next]
    legacy.next += 1
    legacies[number] = legacy
    if legacy.next == legacy.journal.entries.count { order.removeFirst() }
    return (UInt64(number) << 32 | UInt64(entry.index), legacy.journal, entry)
  }

  /// A span is delivered, or never will be.
  mutating func settle(_ token: UInt64) {
    let number = UInt32(truncatingIfNeeded: token >> 32)
    guard var legacy = legacies[number] else { return }
    legacy.journal.markShipped(slot: UInt32(truncatingIfNeeded: token))
    legacy.unsettled -= 1
    if legacy.unsettled == 0 {
      legacy.journal.remove()
      legacies[number] = nil
    } else {
      legacies[number] = legacy
    }
  }
}
