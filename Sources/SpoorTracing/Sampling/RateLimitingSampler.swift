internal import SpoorContext
internal import SpoorJournal

/// Records at most so many traces a second, evenly: 100 a second are one in 10 ms, not the first 100 of each second.
///
/// After a pause, what was not used of the last 100 ms may come at once (and one trace always may); nothing else is saved
/// up. So in any second at most the rate and a tenth of it are recorded, one more where the rate is below ten. A virtual
/// schedule (GCRA): one number behind a lock, nothing that runs.
///
/// Only local roots are decided about; a span below another one follows it. Put it into a ``ParentBasedSampler`` so that
/// callers who have decided are followed too.
public struct RateLimitingSampler: Sampler {
  /// Traces a second.
  public let tracesPerSecond: Double
  private let inner: any Sampler
  private let schedule: Schedule
  private let reason: String

  /// - Parameters:
  ///   - tracesPerSecond: 0 to 1 000 000; 0 for none at all, 0.1 for one in ten seconds.
  ///   - inner: asked first; only traces that it takes count.
  ///   - clock: for tests.
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

  /// Whether the trace's turn has come.
  public func decision(for request: SamplingRequest) -> SamplingResult {
    if request.hasLocalParent { return SamplingResult(request.parentDecision.isSampled) }
    let inner = inner.decision(for: request)
    guard inner.isSampled else { return inner }
    return SamplingResult(schedule.take(), reason: inner.reason.isEmpty ? reason : "\(inner.reason) \(reason)")
  }

  private final class Schedule: Sendable {
    private let interval: Double?
    /// How far ahead of its time a trace may come: so much of the rate may come at once.
    private let tolerance: Double
    private let clock: TraceClock
    private let start: UInt64
    /// Nanoseconds after `start` at which the next trace is due.
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
  /// Without a fraction of zero.
  var plain: String { self == rounded() && magnitude < 1e15 ? "\(Int64(self))" : "\(self)" }
}
