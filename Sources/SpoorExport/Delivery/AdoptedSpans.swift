// SPDX-License-Identifier: Apache-2.0

package import SpoorJournal

/// The journals of dead processes that this one ships, and the progress of each.
///
/// A file is removed only when its last span is settled and its lines are in our own ring. If this process dies before,
/// the next one sends the spans that are not marked again, with the same bytes.
struct AdoptedSpans {
  private struct Adopted {
    let journal: DeadJournal
    let style: DeadJournalStyle
    let resource: PreparedResource
    /// False if spans are not exported; they stay in their file.
    let shipsSpans: Bool
    var next = 0
    var unsettled: Int
    var replayed = 0

    var isDone: Bool { unsettled == 0 && replayed == journal.lines.count }
  }

  private var journals: [UInt32: Adopted] = [:]
  private var order: [UInt32] = []
  private var lastNumber: UInt32 = 0
  private let share: AdoptionShare
  /// Whether this exporter writes the lines again. Only one of several does.
  private let replaysLines: Bool
  /// Files that could not be read, and when each is tried again.
  private var postponed: [(number: UInt32, until: ContinuousClock.Instant)] = []
  /// The file that a span was taken from last.
  private var reading: UInt32?

  init(_ share: AdoptionShare, replaysLines: Bool) {
    self.share = share
    self.replaysLines = replaysLines
  }

  /// Tokens of foreign spans have a file's number above the slot's index; own ones have 0 there.
  static func isForeign(_ token: UInt64) -> Bool { token >> 32 != 0 }

  /// The token of a span without a slot: nothing is done when it is settled.
  static let unowned = UInt64(UInt32.max) << 32

  /// The number of a token's resource: 0 for our own.
  static func resource(_ token: UInt64) -> UInt32 {
    let number = UInt32(truncatingIfNeeded: token >> 32)
    return number == .max ? 0 : number
  }

  /// The resource of a file's spans, by its number.
  func resource(_ number: UInt32) -> PreparedResource? { journals[number]?.resource }

  /// The memory of the adopted files in bytes.
  var memoryBytes: Int { journals.values.reduce(0) { $0 + $1.journal.memoryBytes } }

  /// Whether there is room for many more files.
  var isNearlyEmpty: Bool {
    journals.count <= JournalAdoption.mostAdopted / 2 && memoryBytes <= JournalAdoption.mostMemory / 2
  }

  /// The paths of the adopted files.
  var paths: Set<String> { Set(journals.values.map(\.journal.path)) }

  /// Whether ``next()`` returns a span.
  var hasMore: Bool { !order.isEmpty }

  /// Whether lines of dead processes wait for room.
  var hasLines: Bool { journals.values.contains { $0.replayed < $0.journal.lines.count } }

  /// - Parameter shipsSpans: false leaves the spans in the file, for a later start that exports spans.
  mutating func add(_ journal: DeadJournal, _ style: DeadJournalStyle, shipsSpans: Bool) {
    var adopted = Adopted(
      journal: journal, style: style, resource: style.encoder.prepare(journal.resource), shipsSpans: shipsSpans,
      unsettled: journal.entries.count)
    if !replaysLines { adopted.replayed = journal.lines.count }
    guard !adopted.isDone else { return share.finish(journal) }
    lastNumber += 1
    journals[lastNumber] = adopted
    if shipsSpans, !journal.entries.isEmpty { order.append(lastNumber) }
  }

  /// Passes the lines that dead processes had not written to `write`, the oldest process first, until it returns false
  /// because it has no room.
  ///
  /// - Parameter isSafe: whether lines given to `write` survive this process. Then the lines are removed from a file
  ///   that stays for its spans, so that no later start writes them again.
  /// - Returns: how many lines were written.
  mutating func replayLines(isSafe: Bool, _ write: (DeadJournal, [UInt8]) -> Bool) -> Int {
    var count = 0
    for number in journals.keys.sorted() {
      guard var adopted = journals[number], adopted.replayed < adopted.journal.lines.count else { continue }
      while adopted.replayed < adopted.journal.lines.count,
        write(adopted.journal, adopted.journal.lines[adopted.replayed])
      {
        adopted.replayed += 1
        count += 1
      }
      let isStuck = adopted.replayed < adopted.journal.lines.count
      if !isStuck, isSafe { adopted.journal.markLinesWritten(isExported: !share.exportsLines) }
      put(adopted, number)
      if isStuck { break }
    }
    return count
  }

  private mutating func put(_ adopted: Adopted, _ number: UInt32) {
    if adopted.isDone {
      share.finish(adopted.journal)
      journals[number] = nil
    } else {
      journals[number] = adopted
    }
  }

  /// The next span to encode.
  mutating func next() -> (
    token: UInt64, journal: DeadJournal, entry: DeadJournal.Entry, style: DeadJournalStyle, resource: PreparedResource
  )? {
    guard let number = order.first, var adopted = journals[number] else { return nil }
    let entry = adopted.journal.entries[adopted.next]
    adopted.next += 1
    if reading != number { endReading() }
    reading = number
    adopted.journal.beginReading(entry)
    journals[number] = adopted
    if adopted.next == adopted.journal.entries.count { order.removeFirst() }
    return (UInt64(number) << 32 | UInt64(entry.index), adopted.journal, entry, adopted.style, adopted.resource)
  }

  /// The span of ``next()`` could not be read: it and those behind it in the file wait.
  mutating func postpone(_ token: UInt64, until: ContinuousClock.Instant) {
    endReading()
    let number = UInt32(truncatingIfNeeded: token >> 32)
    guard var adopted = journals[number] else { return }
    adopted.next -= 1
    journals[number] = adopted
    order.removeAll { $0 == number }
    postponed.append((number, until))
  }

  /// Makes files whose waiting time is over available again.
  mutating func resumePostponed(now: ContinuousClock.Instant) {
    guard postponed.contains(where: { $0.until <= now }) else { return }
    order = postponed.filter { $0.until <= now }.map(\.number) + order
    postponed.removeAll { $0.until <= now }
  }

  /// Notes that the record of ``next()`` is encoded: if this process dies now, no file is to blame.
  mutating func endReading() {
    if let reading { journals[reading]?.journal.endReading() }
    reading = nil
  }

  /// A span is delivered, or never will be. Returns what to count once every exporter has settled it; nil before, and
  /// for what is no dead process's span.
  mutating func settle(_ token: UInt64, _ delivery: Journal.Delivery) -> Journal.Delivery? {
    let number = UInt32(truncatingIfNeeded: token >> 32)
    guard var adopted = journals[number] else { return nil }
    let slot = UInt32(truncatingIfNeeded: token)
    let shared = share.settle(adopted.journal, slot: slot, delivery)
    if shared != nil { adopted.journal.markShipped(slot: slot) }
    adopted.unsettled -= 1
    put(adopted, number)
    return shared
  }
}

/// How the spans of a dead process are encoded: its addresses belong to its own images.
package struct DeadJournalStyle: Sendable {
  package var encoder: any SpanEncoder
  /// The slot of the span that the process was in when it crashed, and what is added to that span.
  package var crash: (slot: UInt32, attributes: [(key: String, value: String)])?

  package init(encoder: any SpanEncoder, crash: (slot: UInt32, attributes: [(key: String, value: String)])? = nil) {
    self.encoder = encoder
    self.crash = crash
  }

  /// The attributes that are added to a span.
  package func attributes(of entry: DeadJournal.Entry) -> [(key: String, value: String)] {
    guard let crash, entry.state == .open, crash.slot == entry.index else { return [] }
    return crash.attributes
  }
}
