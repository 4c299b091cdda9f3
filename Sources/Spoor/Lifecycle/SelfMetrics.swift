// SPDX-License-Identifier: Apache-2.0

internal import Metrics
internal import SpoorBase
internal import SpoorExport
internal import SpoorJournal
internal import SpoorLogging

/// Counts of spans and log lines as swift-metrics counters and gauges.
///
/// The shipper updates them about once a second, and once more at shutdown, so the service's own threads do no work for
/// them. The handlers are created at the first update, so that a `MetricsSystem` that is bootstrapped right after Spoor
/// still receives them.
final class SelfMetrics: Sendable {
  private let journal: Journal
  private let pipeline: LogPipeline
  private let factory: (any MetricsFactory)?
  private let state = Locked(State())

  private struct State: Sendable {
    var handlers: Handlers?
    var counted: [Int] = []
  }

  private struct Handlers: Sendable {
    let counters: [Counter]
    let open: Meter
    let keptBack: Meter
    let held: Meter
    let bytes: Meter
    let sendDuration: Metrics.Timer
    let retries: Counter
  }

  /// - Parameter factory: nil for the globally installed one.
  init(journal: Journal, pipeline: LogPipeline, factory: (any MetricsFactory)?) {
    self.journal = journal
    self.pipeline = pipeline
    self.factory = factory
  }

  /// A counter that another component keeps; only its increase is reported.
  private struct Counted: Sendable {
    let label: String
    var dimensions: [(String, String)] = []
    let count: @Sendable (SelfMetrics, JournalAccount) -> Int
  }

  /// Those that begin with `spoor.spans.`, and the gauges, are the terms of ``SpoorSystem/SpanAccount``'s equation.
  private static let counted: [Counted] =
    [
      Counted(label: "spoor.spans.started") { $1.started },
      Counted(label: "spoor.spans.adopted") { $1.adopted },
      Counted(label: "spoor.spans.sent") { $1.sent },
      Counted(label: "spoor.spans.sampled_out") { $1.sampledOut },
      Counted(label: "spoor.fields.dropped") { metrics, _ in Int(clamping: metrics.journal.count(.droppedFields)) },
      Counted(label: "spoor.log.lines.written") { metrics, _ in Int(clamping: metrics.pipeline.writer.writtenCount) },
      Counted(label: "spoor.log.lines.dropped") { metrics, _ in Int(clamping: metrics.pipeline.droppedCount) },
    ]
    + SpoorSystem.SpanAccount.DropReason.allCases.map { reason in
      Counted(label: "spoor.spans.dropped", dimensions: [("reason", reason.rawValue)]) { reason.count(in: $1) }
    }

  private func made(_ state: inout State) -> Handlers {
    if let handlers = state.handlers { return handlers }
    let factory = factory ?? MetricsSystem.factory
    let handlers = Handlers(
      counters: Self.counted.map { Counter(label: $0.label, dimensions: $0.dimensions, factory: factory) },
      open: Meter(label: "spoor.spans.open", dimensions: [], factory: factory),
      keptBack: Meter(label: "spoor.spans.kept_back", dimensions: [], factory: factory),
      held: Meter(label: "spoor.spans.held", dimensions: [], factory: factory),
      bytes: Meter(label: "spoor.journal.bytes", dimensions: [], factory: factory),
      sendDuration: Metrics.Timer(
        label: "spoor.send.duration", dimensions: [], preferredDisplayUnit: .milliseconds, factory: factory),
      retries: Counter(label: "spoor.send.retries", dimensions: [], factory: factory))
    state.handlers = handlers
    state.counted = Array(repeating: 0, count: Self.counted.count)
    return handlers
  }

  /// Reports the increases since the last call.
  ///
  /// - Parameter account: the account of spans; nil computes it now.
  func update(_ account: JournalAccount? = nil) {
    let account = account ?? journal.account()
    state.withLock { state in
      let handlers = made(&state)
      for (index, counted) in Self.counted.enumerated() {
        let total = counted.count(self, account)
        guard total > state.counted[index] else { continue }
        handlers.counters[index].increment(by: Int64(total - state.counted[index]))
        state.counted[index] = total
      }
      handlers.open.set(Double(account.open))
      handlers.keptBack.set(Double(account.keptBack))
      handlers.held.set(Double(account.held))
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
