package import SpoorJournal

/// What every span of a tracer needs to write itself down.
package final class SpanRecorder: Sendable {
  package let journal: Journal
  let clock: TraceClock
  let coding: AttributeCoding

  package init(journal: Journal, clock: TraceClock, limits: SpanLimits, redaction: Redaction) {
    self.journal = journal
    self.clock = clock
    coding = AttributeCoding(limits: limits, redaction: redaction)
  }
}
