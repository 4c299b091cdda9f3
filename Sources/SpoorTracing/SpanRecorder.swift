package import SpoorJournal

/// What every span of a tracer needs to write itself down.
package final class SpanRecorder: Sendable {
  package let journal: Journal
  let clock: TraceClock
  /// What the local roots' times are told from, while nobody sets the wall clock.
  let clockOrigin: ClockAnchor
  let coding: AttributeCoding
  let emptied = EmptiedAttributes()
  let errorNames: ErrorNames
  /// Run at the end of each span; usually none.
  let hooks: [SpanHook]
  /// Said without a look at them, on the way of every span.
  let hasHooks: Bool
  /// Usually nobody; ``isWatched`` says so without a copy of what may be there.
  let watcher: (any TraceWatcher)?
  let isWatched: Bool

  package init(
    journal: Journal, clock: TraceClock, limits: SpanLimits, redaction: Redaction, errorNames: ErrorNames = .ecs,
    hooks: [SpanHook] = [], watcher: (any TraceWatcher)? = nil
  ) {
    self.watcher = watcher
    isWatched = watcher != nil
    self.hooks = hooks
    hasHooks = !hooks.isEmpty
    self.errorNames = errorNames
    self.journal = journal
    self.clock = clock
    clockOrigin = ClockAnchor(clock)
    coding = AttributeCoding(limits: limits, redaction: redaction)
    _ = AttributeStorage.isReadable  // Found out now, and not in the first span, with its lock held.
  }

  /// A span's place in the journal, its name within the limit.
  @inline(__always)
  func open(
    _ start: borrowing SpanStart, _ name: String, _ function: String, _ fileID: String, _ line: UInt
  ) -> SlotReference {
    guard name.utf8.count > coding.limits.valueBytes else {
      return journal.open(start, name: name, function: function, fileID: fileID, line: line)
    }
    return journal.open(start, name: coding.cut(name), function: function, fileID: fileID, line: line)
  }
}
