internal import Foundation
public import Logging
public import SpoorContext
public import SpoorJournal
internal import SpoorLogging
internal import SpoorStacks
public import SpoorTracing

/// Spans and log records of one test, in memory: nothing global is installed, tests that run side by side see only their
/// own.
///
/// ```swift
/// let telemetry = try TelemetryCapture()
/// try await telemetry.capture {                  // binds tracer and logger: for this task and its children
///   try await placeOrder(logger: telemetry.logger("orders"))
/// }
/// try await telemetry.expectTrace(SpanShape("place order", kind: "server") { SpanShape("reserve") })
/// #expect(telemetry.spans.map(\.name) == ["reserve", "place order"])
/// #expect(telemetry.records.first?["order_id"] == .string("ORD7890"))
/// ```
///
/// Limits: 16 MiB of spans and lines; what does not fit is dropped, spans are counted by ``droppedSpans``.
@safe
public final class TelemetryCapture: Sendable {
  /// Records every span that the sampler takes.
  public let tracer: SpoorTracer
  private let journal: Journal
  private let ring: LogRing
  private let pipeline: LogPipeline
  private let symbolicator = Symbolicator()
  private let collected = Locked<[FinishedSpan]>([])
  private let level: Logger.Level

  /// - Parameters:
  ///   - service: the service's name in log records.
  ///   - level: records below it are not kept.
  ///   - sampler: which traces are recorded; default all.
  ///   - redaction: what must not be written down, in spans and records.
  ///   - limits: how much one span may hold.
  ///   - hooks: look at each span at its end.
  ///   - propagator: what `extract` and `inject` do.
  /// - Throws: where there is no memory.
  public init(
    service: String = "test", level: Logger.Level = .trace, sampler: any Sampler = AlwaysSampler(),
    redaction: Redaction = Redaction(), limits: SpanLimits = SpanLimits(), hooks: [SpanHook] = [],
    propagator: TracePropagator = TracePropagator()
  ) throws {
    journal = try Journal(layout: JournalLayout(totalBytes: 16 << 20, logRingBytes: 8 << 20))
    ring = try unsafe LogRing(memory: journal.logRingMemory, owner: journal)
    self.level = level
    var settings = LogSettings(service: service)
    settings.redaction = redaction
    // The ring is read, never emptied: nothing is written anywhere.
    pipeline = LogPipeline(
      settings: settings, format: .json, ring: ring, outputs: LogOutputs(descriptor: -1),
      mode: .ring(writesErrors: false), patience: 0)
    tracer = SpoorTracer(
      recorder: SpanRecorder(journal: journal, clock: .system, limits: limits, redaction: redaction, hooks: hooks),
      sampler: sampler, propagator: propagator)
    _ = SpanContextTable.install()
    StackCapture.install()
  }

  /// A logger whose records end up here.
  public func logger(_ label: String = "test") -> Logger {
    Logger(label: label) { [pipeline, level] label in SpoorLogHandler(label: label, pipeline: pipeline, level: level) }
  }

  // MARK: What was recorded

  /// The spans that have ended, in the order of their ends on each thread.
  public var spans: [FinishedSpan] {
    collected.withLock { spans in
      var indices: [UInt32] = []
      journal.takeFinished(into: &indices)
      for index in indices {
        spans.append(journal.withFinished(index) { FinishedSpan($0, stack: symbolicator.text) })
        journal.free(index, .delivered)
      }
      return spans
    }
  }

  /// Spans that have started and not ended.
  public var openSpans: Int {
    let finished = spans.count
    return Int(journal.count(.opened)) - finished
  }

  /// Spans that found no room.
  public var droppedSpans: Int { Int(journal.count(.droppedFull)) }

  /// The log records, in their order. Stacks have their names.
  public var records: [RecordedEvent] {
    let limits = StackTokens.Limits(pipeline.settings)
    var lines: [[UInt8]] = []
    unsafe ring.forEachCommitted { line, _, isUnresolved in
      lines.append(
        isUnresolved
          ? unsafe StackTokens.resolved(line, limits: limits) { symbolicator.resolve($0) } : unsafe Array(line))
      return true
    }
    return lines.compactMap { try? JSONDecoder().decode(RecordedEvent.self, from: Data($0)) }
  }

  /// Waits until so many spans have ended.
  ///
  /// - Throws: ``NotRecordedInTime``, with what there is.
  public func spans(
    atLeast count: Int, within limit: Duration = .seconds(10)
  ) async throws -> [FinishedSpan] {
    let deadline = ContinuousClock.now + limit
    while true {
      let found = spans
      if found.count >= count { return found }
      guard ContinuousClock.now < deadline else {
        throw NotRecordedInTime(expected: "\(count) ended spans", found: found.map(\.name), limit: limit)
      }
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}

/// What was waited for did not come.
public struct NotRecordedInTime: Error, CustomStringConvertible {
  let expected: String
  let found: [String]
  let limit: Duration

  /// What was expected and what came.
  public var description: String {
    "expected \(expected) within \(limit), found \(found.count): \(found.joined(separator: ", "))"
  }
}
