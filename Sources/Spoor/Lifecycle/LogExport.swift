// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorExport
internal import SpoorJournal
internal import SpoorLogging

/// The exporter of log records; it does nothing if they are not exported.
struct LogExport: Sendable {
  private let shipper: LogShipper?
  private let writer: LogWriter
  private let delivery: DeliveryLog

  init(
    _ resolved: ResolvedConfiguration, _ journal: Journal, _ pipeline: LogPipeline, _ report: DeadProcessReport,
    share: AdoptionShare, delivery: DeliveryLog
  ) throws {
    let writer = pipeline.writer
    self.writer = writer
    self.delivery = delivery
    guard resolved.logs.isExported else {
      shipper = nil
      return
    }
    let source = LogSource(
      take: { bytes in
        let taken = writer.takeForExport(bytes: bytes)
        return taken.isEmpty ? nil : LogSource.Turn(lines: taken.lines) { writer.settleExport(taken) }
      },
      keep: { writer.keepExport() },
      bell: writer.exportBell, ringsForFirst: { writer.hasThreads }, isUrgent: { writer.isExportUrgent },
      isEmpty: { writer.isExported }, end: { writer.end }, isSent: { writer.isExported(upTo: $0) },
      isSafe: { journal.isKept },
      resolve: { dead, line in report.resolved(line, of: dead) })
    shipper = try LogShipper(
      encoder: OTLP.logs(
        usesJSON: resolved.otlp.logs.encoding == .json,
        names: LogLineNames(resolved.logs.preset, isOpenTelemetry: resolved.errorNames == .otel)),
      resource: resolved.resource, curl: resolved.otlp.logs.curl, settings: resolved.shipper, source: source,
      share: share
    ) { event in
      switch event {
      case .answered(_, _, _, let failure?):
        writer.noteExport(fails: true)
        delivery.noteFailure(failure)
      case .answered(_, _, _, nil):
        writer.noteExport(fails: false)
        delivery.noteDelivery()
      case .rejected(let status, let reason): delivery.noteRejection(reason, status: status)
      case .partlyAccepted(let refused, let message): delivery.noteAnswer(refused: refused, message)
      case .tick: delivery.write()
      default: break
      }
    }
  }

  func start() throws { try shipper?.start() }

  func flush() { shipper?.flush() }

  /// - Parameter done: gets one part, which is finished once every record so far is sent.
  func flush(_ done: Countdown) {
    if let shipper { shipper.flush(done) } else { done.finishPart() }
  }

  /// Ends the exporter by a deadline, and returns at once.
  ///
  /// - Parameter ended: gets one part.
  func beginShutdown(by deadline: ContinuousClock.Instant, _ ended: Countdown) {
    if let shipper { shipper.beginShutdown(by: deadline, ended) } else { ended.finishPart() }
  }

  /// Whether there is nothing left to send.
  var isEmpty: Bool { writer.isExported }

  /// Sends what there is within the time. Returns whether everything was sent.
  func shutdown(timeout: Duration) async -> Bool {
    guard let shipper else { return true }
    let sentAll = await shipper.shutdown(timeout: timeout)
    // What became of the last records is for the destinations alone: nobody exports it any more.
    delivery.write(isLast: true)
    _ = writer.drain(nanoseconds: 100_000_000, isLast: true)
    return sentAll
  }
}

extension LogLineNames {
  /// The names of a preset's fields (``LogPreset``).
  ///
  /// - Parameter isOpenTelemetry: whether errors have OpenTelemetry's names, with the presets `spoor` and `ecs`.
  init(_ preset: LogPreset, isOpenTelemetry: Bool) {
    self.init()
    if isOpenTelemetry {
      (errorType, errorMessage, errorStack) = ("exception.type", "exception.message", "exception.stacktrace")
    }
    switch preset {
    case .spoor: break
    case .ecs:
      (time, level, event, logger) = ("@timestamp", "log.level", "message", "log.logger")
      (traceID, spanID) = ("trace.id", "span.id")
      resource = ["service.name", "service.version", "ecs.version"]
    case .googleCloud:
      (time, level, event) = ("time", "severity", "message")
      (traceID, spanID) = ("logging.googleapis.com/trace", "logging.googleapis.com/spanId")
      traceFlags = "logging.googleapis.com/trace_sampled"
      errorStack = "stack_trace"
      resource = ["serviceContext"]
    case .datadog:
      (level, event, logger) = ("status", "message", "logger.name")
      (traceID, spanID) = ("dd.trace_id", "dd.span_id")
      (errorType, errorMessage, errorStack) = ("error.kind", "error.message", "error.stack")
      resource = ["service", "dd.service", "dd.version"]
    }
  }
}
