// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import Logging
internal import SpoorBase
internal import SpoorContext
internal import SpoorJournal
internal import SpoorLogging

/// Logs how dead processes ended (`process_interrupted`, `process_crashed`, `spans_taken_over`), once for each, and
/// writes the log lines of journal files that were removed.
///
/// A process of another service, which an agent adopts, is reported under that service's name.
final class DeadProcessLog: Sendable {
  private let pipeline: LogPipeline
  private let report: DeadProcessReport
  private let isExported: Bool

  /// - Parameter isExported: whether an exporter of log records gets the lines of dead processes.
  init(pipeline: LogPipeline, report: DeadProcessReport, isExported: Bool) {
    self.pipeline = pipeline
    self.report = report
    self.isExported = isExported
  }

  private func log(
    _ level: Logger.Level, _ event: String, _ fields: Logger.Metadata, of dead: DeadJournal
  ) {
    log(
      LogRecord(
        time: spoor_realtime_ns(), level: level, message: event, logger: "spoor", fields: LogFields(call: fields)),
      of: dead)
  }

  private func log(_ record: LogRecord, of dead: DeadJournal) {
    guard isForeign(dead) else { return pipeline.write(record) }
    let line = pipeline.line(of: record, from: dead.resource)
    if isExported { dead.addReport(line) }
    write([line], isExported: !isExported)
  }

  private func isForeign(_ dead: DeadJournal) -> Bool { dead.resource.service != pipeline.settings.service }

  /// Logs how an adopted journal's process ended, unless an earlier start has logged it, and the number of its replayed
  /// lines.
  func noteAdoption(of dead: DeadJournal) {
    if !dead.isReported {
      reportEnd(dead)
      // The exporter marks what it has to send as well.
      if dead.reports.isEmpty { dead.markReported() }
    }
    guard !dead.lines.isEmpty else { return }
    log(
      .notice, "log_lines_replayed",
      ["pid": .stringConvertible(dead.processID), "count": .stringConvertible(dead.lines.count)], of: dead)
  }

  private func reportEnd(_ dead: DeadJournal) {
    var interrupted: [String] = []
    var inFlight: [Logger.MetadataValue] = []
    var finished = 0
    for entry in dead.entries {
      guard entry.state == .open else {
        finished += 1
        continue
      }
      guard let (traceID, span) = dead.withRecord(entry, Self.identity).flatMap({ $0 }) else { continue }
      if interrupted.count < 20, !interrupted.contains(traceID) { interrupted.append(traceID) }
      if inFlight.count < 20 { inFlight.append(span) }
    }
    let crash = report.crashRecord(of: dead, inFlight: inFlight, time: spoor_realtime_ns())
    let hasEndedByItself = dead.endedAt != nil && crash == nil
    if !dead.entries.isEmpty {
      let fields: Logger.Metadata = [
        "pid": .stringConvertible(dead.processID), "instance": .string(dead.resource.instance),
        "interrupted_spans": .stringConvertible(dead.entries.count - finished),
        "finished_spans": .stringConvertible(finished),
        "dropped_spans": .stringConvertible(dead.droppedSpans),
        "trace_ids": .array(interrupted.map { .string($0) }),
        "last_seen": .string(LogTime.text(nanoseconds: dead.lastSeen)),
      ]
      if hasEndedByItself {
        log(.notice, "spans_taken_over", fields, of: dead)
      } else {
        log(.warning, "process_interrupted", fields, of: dead)
      }
    }
    if let crash { log(crash, of: dead) }
  }

  private static func identity(_ record: SpanRecord) -> (traceID: String, span: Logger.MetadataValue)? {
    guard let traceID = TraceID(high: record.traceIDHigh, low: record.traceIDLow)?.description,
      let spanID = SpanID(rawValue: record.spanID)?.description
    else { return nil }
    return (
      traceID, ["trace_id": .string(traceID), "span_id": .string(spanID), "name": .string(record.name ?? "")]
    )
  }

  /// Writes the log lines of a journal file that was removed. There is no second attempt: if the ring stays full for a
  /// second, the remaining lines are lost.
  ///
  /// - Parameter isExported: false if the exporter of log records gets them otherwise.
  func write(_ lines: [[UInt8]], isExported: Bool = true) {
    for line in lines {
      var attempts = 1000
      let line = StackTokens.withAddresses(line)
      while !pipeline.writeVerbatim(line, isExported: isExported), attempts > 0 {
        _ = pipeline.writer.drain(nanoseconds: 1_000_000)
        attempts -= 1
      }
      guard attempts > 0 else { return }
    }
  }
}
