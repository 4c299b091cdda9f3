internal import Metrics
internal import SpoorExport
internal import SpoorJournal
internal import SpoorLogging

/// What happens to spans and lines, as swift-metrics counters and gauges.
///
/// Brought up to date about once a second by the shipper, and once more at shutdown: nothing is counted twice, and nothing
/// costs the service anything. The handlers are made with the first update, so that a `MetricsSystem` that is
/// bootstrapped right after Spoor is the one that gets them.
final class SelfMetrics: Sendable {
  private let journal: Journal
  private let pipeline: LogPipeline
  private let factory: (any MetricsFactory)?
  private let state = Locked(State())

  private struct State: Sendable {
    var handlers: Handlers?
    var counted: [UInt64] = []
  }

  private struct Handlers: Sendable {
    let counters: [Counter]
    let held: Meter
    let bytes: Meter
    let sendDuration: Metrics.Timer
    let retries: Counter
  }

  /// - Parameter factory: nil for the one that is installed globally.
  init(journal: Journal, pipeline: LogPipeline, factory: (any MetricsFactory)?) {
    self.journal = journal
    self.pipeline = pipeline
    self.factory = factory
  }

  /// What is counted elsewhere and only carried over: label, dimensions, and the number so far.
  private static let counted:
    [(label: String, dimensions: [(String, String)], count: @Sendable (SelfMetrics) -> UInt64)] =
      [
        ("spoor.spans.recorded", [], { $0.journal.count(.ended) }),
        ("spoor.spans.sampled_out", [], { $0.journal.count(.sampledOut) + $0.journal.count(.discarded) }),
        ("spoor.spans.sent", [], { $0.journal.count(.delivered) }),
        ("spoor.spans.dropped", [("reason", "journal_full")], { $0.journal.count(.droppedFull) }),
        ("spoor.spans.dropped", [("reason", "rejected")], { $0.journal.count(.rejected) }),
        ("spoor.fields.dropped", [], { $0.journal.count(.droppedFields) }),
        ("spoor.log.lines.written", [], { $0.pipeline.writer.writtenCount }),
        ("spoor.log.lines.dropped", [], { $0.pipeline.droppedCount }),
      ]

  private func made(_ state: inout State) -> Handlers {
    if let handlers = state.handlers { return handlers }
    let factory = factory ?? MetricsSystem.factory
    let handlers = Handlers(
      counters: Self.counted.map { Counter(label: $0.label, dimensions: $0.dimensions, factory: factory) },
      held: Meter(label: "spoor.spans.held", dimensions: [], factory: factory),
      bytes: Meter(label: "spoor.journal.bytes", dimensions: [], factory: factory),
      sendDuration: Metrics.Timer(
        label: "spoor.send.duration", dimensions: [], preferredDisplayUnit: .milliseconds, factory: factory),
      retries: Counter(label: "spoor.send.retries", dimensions: [], factory: factory))
    state.handlers = handlers
    state.counted = Array(repeating: 0, count: Self.counted.count)
    return handlers
  }

  /// Carries the numbers over.
  func update() {
    state.withLock { state in
      let handlers = made(&state)
      for (index, (_, _, count)) in Self.counted.enumerated() {
        let total = count(self)
        guard total > state.counted[index] else { continue }
        handlers.counters[index].increment(by: Int64(clamping: total - state.counted[index]))
        state.counted[index] = total
      }
      handlers.held.set(Double(journal.heldCount))
      handlers.bytes.set(Double(journal.usedBytes))
    }
  }

  func note(_ event: ShipperEvent) {
    switch event {
    case .tick: update()
    case .answered(_, _, let latency, let failure):
      let handlers = state.withLock { made(&$0) }
      handlers.sendDuration.record(duration: latency)
      if failure != nil { handlers.retries.increment() }
    default: break
    }
  }
}
