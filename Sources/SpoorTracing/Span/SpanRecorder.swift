// SPDX-License-Identifier: Apache-2.0

package import SpoorJournal

/// Everything that the spans of a tracer need to record themselves.
///
/// # Ownership
///
/// Counting a reference costs 5 to 10 ns and makes threads contend for one word, so the hot path counts none. These
/// rules make that safe:
///
/// 1. A tracer's parts own the recorder. The recorder owns its journal and its coding, in constants.
/// 2. A ``SpanCore`` holds all three `Unmanaged`. It keeps the recorder alive by a strong reference (`keeper`). Only
///    the spans of the bootstrapped tracer have none: its parts are retained once and never released, so they outlive
///    all spans.
/// 3. An unmanaged reference is only used inside a call on an object that is alive, and is not passed on.
/// 4. The properties of ``SpanCore`` with `@exclusivity(unchecked)` are touched only with the lock of the span's slot
///    held, or in `deinit`, when there is no other reference.
/// 5. The values of `Guarded` are only accessed inside its closures, with the lock held, and no pointer to one escapes
///   them.
package final class SpanRecorder: Sendable {
  package let journal: Journal
  let clock: TraceClock
  /// The clock readings from which the times of local roots are computed, until the wall clock is set.
  let clockOrigin: ClockAnchor
  let coding: AttributeCoding
  let emptied = EmptiedAttributes()
  let errorNames: ErrorNames
  let exceptions: ExceptionSignal
  /// Nil if ``exceptions`` leaves the log out.
  let exceptionLog: (any ExceptionLog)?
  /// Whether a cancelled operation counts as failed.
  let cancellationIsError: Bool
  /// The hooks that run at the end of each span; usually none.
  let hooks: [SpanHook]
  /// Whether there are hooks, stored because every span checks it.
  let hasHooks: Bool
  /// The observer of traces, if there is one. ``isWatched`` answers that without copying it.
  let watcher: (any TraceWatcher)?
  let isWatched: Bool

  package init(
    journal: Journal, clock: TraceClock, limits: SpanLimits, redaction: Redaction, errorNames: ErrorNames = .ecs,
    exceptions: ExceptionSignal = .spanEvents, exceptionLog: (any ExceptionLog)? = nil,
    cancellationIsError: Bool = false, hooks: [SpanHook] = [], watcher: (any TraceWatcher)? = nil
  ) {
    self.watcher = watcher
    self.cancellationIsError = cancellationIsError
    isWatched = watcher != nil
    self.hooks = hooks
    hasHooks = !hooks.isEmpty
    self.errorNames = errorNames
    self.exceptions = exceptions
    self.exceptionLog = exceptions.hasLogs ? exceptionLog : nil
    self.journal = journal
    self.clock = clock
    clockOrigin = ClockAnchor(clock)
    coding = AttributeCoding(limits: limits, redaction: redaction)
    _ = AttributeStorage.isReadable  // Checked now and not in the first span, with its lock held.
  }

  /// Opens a span in the journal, with its name within the limit.
  @inline(__always)
  func open(
    _ start: borrowing SpanStart, _ name: String, _ function: String, _ fileID: String, _ line: UInt
  ) -> SlotReference {
    guard name.utf8.count > coding.limits.valueBytes || !coding.redaction.leavesAlone(message: name) else {
      return journal.open(start, name: name, function: function, fileID: fileID, line: line)
    }
    return journal.open(start, name: coding.written(name: name), function: function, fileID: fileID, line: line)
  }

  /// Whether an error only means that the task was cancelled, and cancellation does not count as a failure.
  func isCancellation(_ error: any Error) -> Bool { !cancellationIsError && error is CancellationError }
}
