// SPDX-License-Identifier: Apache-2.0

internal import Foundation
public import Logging
public import Spoor
internal import SpoorBase
public import SpoorContext
public import SpoorJournal
internal import SpoorLogging
internal import SpoorStacks
public import SpoorTracing

/// Spans and log records of one test, in memory. Nothing global is installed, so concurrent tests see only their own.
///
/// ```swift
/// let telemetry = try TelemetryCapture()
/// try await telemetry.capture {                  // binds tracer and logger to this task and its children
///   try await placeOrder(logger: telemetry.logger("orders"))
/// }
/// try await telemetry.expectTrace(SpanShape("place order", kind: .server) { SpanShape("reserve") })
/// #expect(telemetry.spans().map(\.name) == ["reserve", "place order"])
/// #expect(telemetry.records().first?["order_id"] == "ORD7890")
/// ```
///
/// It holds at most 16 MiB of spans and lines. Anything above that is dropped; dropped spans are counted in
/// ``droppedSpans``.
@safe
public final class TelemetryCapture: Sendable {
  /// Records every span that the sampler selects.
  public let tracer: SpoorTracer
  private let journal: Journal
  private let ring: LogRing
  private let pipeline: LogPipeline
  private let symbolicator = Symbolicator()
  private let collected = Locked<[FinishedSpan]>([])
  private let level: Logger.Level

  /// - Parameters:
  ///   - service: the service's name in log records.
  ///   - level: records below this level are not kept.
  ///   - sampler: decides which traces are recorded; all by default.
  ///   - redaction: the rules for values that must not be written, in spans and records.
  ///   - limits: how much one span may hold.
  ///   - hooks: called for each span at its end.
  ///   - propagator: reads and writes the headers of `extract` and `inject`.
  /// - Throws: ``SpoorError/systemRefused(_:)`` if there is no memory.
  public init(
    service: String = "test", level: Logger.Level = .trace, sampler: any Sampler = AlwaysSampler(),
    redaction: Redaction = Redaction(), limits: SpanLimits = SpanLimits(), hooks: [SpanHook] = [],
    propagator: TracePropagator = TracePropagator()
  ) throws(SpoorError) {
    do throws(JournalError) {
      journal = try Journal(
        layout: JournalLayout(totalBytes: 16 << 20, logRingBytes: 8 << 20), maximumSpanBytes: limits.spanBytes)
      ring = try unsafe LogRing(memory: journal.logRingMemory, owner: journal)
    } catch {
      throw .systemRefused("\(error)")
    }
    self.level = level
    var settings = LogSettings(service: service)
    settings.redaction = redaction
    // The ring is read and never emptied, because nothing is written to an output.
    pipeline = LogPipeline(
      settings: settings, format: .json, ring: ring, outputs: LogOutputs(descriptor: -1),
      mode: .ring(writesErrors: false), patience: 0)
    tracer = SpoorTracer(
      recorder: SpanRecorder(journal: journal, clock: .system, limits: limits, redaction: redaction, hooks: hooks),
      sampler: sampler, propagator: propagator)
    _ = SpanContextTable.install()
    StackCapture.install()
  }

  /// A logger whose records this capture keeps.
  public func logger(_ label: String = "test") -> Logger {
    Logger(label: label) { [pipeline, level] label in SpoorLogHandler(label: label, pipeline: pipeline, level: level) }
  }

  // MARK: What was recorded

  /// The spans that have ended; those of one thread are in the order of their ends.
  public func spans() -> [FinishedSpan] {
    collected.withLock { spans in
      var indices: [UInt32] = []
      journal.takeFinished(into: &indices)
      for index in indices {
        spans.append(journal.withFinished(index) { FinishedSpan($0) { symbolicator.text(CapturedStack(calls: $0)) } })
        journal.free(index, .delivered)
      }
      return spans
    }
  }

  /// The number of spans that have started and not ended.
  public var openSpans: Int {
    let finished = spans().count
    return Int(journal.count(.opened)) - finished
  }

  /// The number of spans that were dropped because they did not fit.
  public var droppedSpans: Int { Int(journal.count(.droppedFull)) }

  /// The log records, in their order. Each call decodes all of them. Stacks have their names.
  public func records() -> [RecordedEvent] {
    let limits = StackTokens.Limits(pipeline.settings)
    var lines: [[UInt8]] = []
    unsafe ring.forEachCommitted { line, _, isUnresolved in
      lines.append(
        isUnresolved
          ? unsafe StackTokens.resolved(line, limits: limits, with: symbolicator) : unsafe Array(line))
      return true
    }
    return lines.compactMap { try? JSONDecoder().decode(RecordedEvent.self, from: Data($0)) }
  }

  /// Waits until at least this many spans have ended, and returns all that have.
  ///
  /// - Throws: ``NotRecordedInTime``, with the names of the spans that have ended, after the limit.
  public func spans(
    atLeast count: Int, within limit: Duration = .seconds(10)
  ) async throws -> [FinishedSpan] {
    let deadline = ContinuousClock.now + limit
    while true {
      let found = spans()
      if found.count >= count { return found }
      guard ContinuousClock.now < deadline else {
        throw NotRecordedInTime(expected: "\(count) ended spans", found: found.map(\.name), limit: limit)
      }
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}

/// An expected span or record did not appear within the limit.
public struct NotRecordedInTime: Error, CustomStringConvertible {
  let expected: String
  let found: [String]
  let limit: Duration

  /// The expectation, and the names of what was found.
  public var description: String {
    "expected \(expected) within \(limit), found \(found.count): \(found.joined(separator: ", "))"
  }
}
