// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorContext
internal import SpoorJournal

/// A sampler that records at most a given number of traces a second, evenly spread: 100 a second means one in 10 ms,
/// not the first 100 of each second.
///
/// After a pause, the unused share of the last 100 ms (at least one trace) may be used at once; no more is saved up. So
/// in any second at most 1.1 times the rate is recorded, or one trace more than the rate if it is below ten. It is a
/// virtual schedule (GCRA): one number behind a lock, without a timer.
///
/// It decides only about local roots; a child span follows its parent. Wrap it in a ``ParentBasedSampler`` so that the
/// decisions of callers are followed too.
public struct RateLimitingSampler: Sampler {
  /// The maximum number of traces a second.
  public let tracesPerSecond: Double
  let inner: any Sampler
  private let schedule: Schedule
  private let reason: String

  /// - Parameters:
  ///   - tracesPerSecond: 0 to 1 000 000; 0 records nothing, 0.1 records one trace in ten seconds.
  ///   - inner: a sampler that is asked first; only traces that it records count.
  ///   - clock: the clock, which tests replace.
  /// - Throws: ``SamplerError/rateOutOfRange(_:)``.
  public init(
    tracesPerSecond: Double, of inner: any Sampler = AlwaysSampler(), clock: TraceClock = .system
  ) throws(SamplerError) {
    guard tracesPerSecond >= 0, tracesPerSecond <= 1_000_000 else { throw .rateOutOfRange(tracesPerSecond) }
    self.tracesPerSecond = tracesPerSecond
    self.inner = inner
    schedule = Schedule(interval: tracesPerSecond == 0 ? nil : 1_000_000_000 / tracesPerSecond, clock: clock)
    reason = "rate=\(tracesPerSecond.plain)/s"
  }

  /// Returns whether the rate allows the trace now.
  public func decision(for request: SamplingRequest) -> SamplingResult {
    if request.hasLocalParent { return SamplingResult(request.parentDecision.isSampled) }
    let inner = inner.decision(for: request)
    guard inner.isSampled else { return inner }
    return SamplingResult(schedule.take(), reason: inner.reason.isEmpty ? reason : "\(inner.reason) \(reason)")
  }

  private final class Schedule: Sendable {
    private let interval: Double?
    /// How far ahead of its scheduled time a trace may come, which is the burst that the rate allows.
    private let tolerance: Double
    private let clock: TraceClock
    private let start: UInt64
    /// The scheduled time of the next trace, in nanoseconds after `start`.
    private let due = Locked(0.0)

    init(interval: Double?, clock: TraceClock) {
      self.interval = interval
      self.clock = clock
      tolerance = max(0, 100_000_000 - (interval ?? 0))
      start = clock.monotonic
    }

    func take() -> Bool {
      guard let interval else { return false }
      let now = Double(clock.monotonic &- start)
      return due.withLock { due in
        guard due <= now + tolerance else { return false }
        due = max(due, now) + interval
        return true
      }
    }
  }
}

extension Double {
  /// The number as text, without a fraction of zero.
  var plain: String { self == rounded() && magnitude < 1e15 ? "\(Int64(self))" : "\(self)" }
}
