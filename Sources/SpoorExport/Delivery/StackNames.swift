// SPDX-License-Identifier: Apache-2.0

package import SpoorJournal

/// The shipper's source of the names of stacks. Nothing here reads a file on the shipper's thread.
package struct StackNames: Sendable {
  /// How long a span with a stack waits for its names. It is sent with `module+0xOFFSET (build ID)` then.
  let patience: Duration
  let areKnown: @Sendable (_ addresses: [UInt64]) -> Bool
  let read: @Sendable (_ stacks: [[UInt64]], _ done: @escaping @Sendable () -> Void) -> Bool
  let prepare: @Sendable (_ dead: DeadJournal, _ done: @escaping @Sendable () -> Void) -> Bool

  /// - Parameters:
  ///   - patience: how long a span with a stack waits for its names.
  ///   - areKnown: whether the names of a stack are available. Called for each span that has a stack.
  ///   - read: begins to read the names of stacks on another thread, which calls `done` at the end. Returns false if it
  ///     cannot now.
  ///   - prepare: begins to read the names of all stacks of a dead process, in the same way.
  package init(
    patience: Duration = .seconds(60), areKnown: @escaping @Sendable (_ addresses: [UInt64]) -> Bool,
    read: @escaping @Sendable (_ stacks: [[UInt64]], _ done: @escaping @Sendable () -> Void) -> Bool,
    prepare: @escaping @Sendable (_ dead: DeadJournal, _ done: @escaping @Sendable () -> Void) -> Bool = { _, _ in false
    }
  ) {
    self.patience = patience
    self.areKnown = areKnown
    self.read = read
    self.prepare = prepare
  }
}

/// The shipper's spans whose stacks wait for their names.
struct NamelessSpans {
  private var spans: [UInt32] = []
  private var due: ContinuousClock.Instant?
  /// Stacks whose names are to be requested, and those requested since the last answer.
  private var wanted: [[UInt64]] = []
  private var asked: Set<[UInt64]> = []
  /// Further stacks are requested after the next answer.
  private static let askedLimit = 256

  var count: Int { spans.count }

  /// Puts a span aside until the names of its stack are available.
  mutating func add(_ index: UInt32, _ stack: [UInt64], patience: Duration) {
    spans.append(index)
    if due == nil { due = .now + patience }
    if asked.count < Self.askedLimit, asked.insert(stack).inserted { wanted.append(stack) }
  }

  /// Requests the names that spans wait for.
  mutating func ask(_ names: StackNames, done: @escaping @Sendable () -> Void) {
    guard !wanted.isEmpty, names.read(wanted, done) else { return }
    wanted = []
  }

  /// Whether spans have waited so long that they are sent without names.
  var areDue: Bool { due.map { $0 <= .now } ?? false }

  /// Shortens the wait, because the process is about to end.
  mutating func hurry(until end: ContinuousClock.Instant) {
    if let due { self.due = min(due, end) }
  }

  /// Returns all spans, because the names are available or the wait is over.
  mutating func takeAll(into queue: inout [UInt32]) {
    queue.append(contentsOf: spans)
    spans.removeAll(keepingCapacity: true)
    due = nil
    asked.removeAll(keepingCapacity: true)
    wanted = []
  }
}
