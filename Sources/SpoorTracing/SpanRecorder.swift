package import SpoorJournal

/// What every span of a tracer needs to write itself down.
package final class SpanRecorder: Sendable {
  package let journal: Journal
  let clock: TraceClock
  let coding: AttributeCoding
  let errorNames: ErrorNames
  /// Run at the end of each span; usually none.
  let hooks: [SpanHook]
  /// Usually nobody.
  let watcher: (any TraceWatcher)?

  package init(
    journal: Journal, clock: TraceClock, limits: SpanLimits, redaction: Redaction, errorNames: ErrorNames = .ecs,
    hooks: [SpanHook] = [], watcher: (any TraceWatcher)? = nil
  ) {
    self.watcher = watcher
    self.hooks = hooks
    self.errorNames = errorNames
    self.journal = journal
    self.clock = clock
    coding = AttributeCoding(limits: limits, redaction: redaction)
  }
}
