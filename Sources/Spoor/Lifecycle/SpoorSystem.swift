// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
public import Logging
internal import SpoorBase
internal import SpoorExport
package import SpoorJournal
public import SpoorLogging
internal import SpoorStacks
public import SpoorTracing
internal import Tracing

/// Spoor's instance in a process: the journal, the tracer, the log, and the thread that ships spans.
///
/// ```swift
/// let spoor = try SpoorSystem.bootstrap(service: "order-service")
/// ```
///
/// Shipping starts at once, not when a service group runs. At the end either the service group shuts it down (it is a
/// `Service`; list it first, so that it stops last) or the program calls `await spoor.shutdown()`.
///
/// Lost are spans that start while the journal is full, which are counted and logged. In memory mode, spans that were
/// not shipped when the process died are lost as well.
public final class SpoorSystem: Sendable {
  /// The global systems to install.
  public struct Install: OptionSet, Sendable {
    /// A bit for each system.
    public let rawValue: Int
    /// Creates a set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// swift-log's `LoggingSystem`. It traps if it has been bootstrapped before. In that case leave this out, and add
    /// ``SpoorSystem/logHandler(label:metadataProvider:)`` to the multiplexer that is installed.
    public static let logging = Install(rawValue: 1)
    /// swift-distributed-tracing's `InstrumentationSystem`. It traps as well if it has been bootstrapped before. In
    /// that case add ``SpoorSystem/tracer`` to the multiplexer.
    public static let tracing = Install(rawValue: 2)
    /// Both systems.
    public static let all: Install = [.logging, .tracing]
  }

  /// The tracer, for programs that install it themselves or pass it to `withTracer`.
  public let tracer: SpoorTracer
  /// The service's name.
  public let service: String
  package let journal: Journal
  package let pipeline: LogPipeline
  package let export: SpanExport
  let logExport: LogExport
  let metrics: SelfMetrics
  let endLog: EndLog
  private let logger: Logger
  let levels: LogLevels
  let samplingControl: SamplingControl
  let shutdownTimeout: Duration
  private let stacks: StackCapture.Options
  let closing = Locked<Task<ShutdownReport, Never>?>(nil)

  private static let hasBootstrapped = Locked(false)

  /// Sets everything up, once per process.
  ///
  /// - Parameters:
  ///   - service: the service's name; nil takes it from the configuration or `OTEL_SERVICE_NAME`.
  ///   - configuration: the settings in code; all others come from the environment or are defaults.
  ///   - install: the global systems to install.
  /// - Throws: ``SpoorError`` for an invalid setting, for a second call, or if the system refuses memory or a thread.
  public static func bootstrap(
    service: String? = nil, configuration: SpoorConfiguration = SpoorConfiguration(), install: Install = .all
  ) throws(SpoorError) -> SpoorSystem {
    var configuration = configuration
    if let service { configuration.service.name = service }
    let resolved = try SpoorError.throwing {
      try ResolvedConfiguration(configuration, environment: processEnvironment())
    }
    let isFirst = hasBootstrapped.withLock { hasBootstrapped in
      defer { hasBootstrapped = true }
      return !hasBootstrapped
    }
    guard isFirst else { throw .alreadyBootstrapped }
    let system: SpoorSystem
    do throws(SpoorError) {
      system = try SpoorSystem(resolved)
    } catch {
      hasBootstrapped.withLock { $0 = false }
      throw error
    }
    if install.contains(.logging) {
      LoggingSystem.bootstrap(
        { label, provider in system.logHandler(label: label, metadataProvider: provider) }, metadataProvider: nil)
    }
    if install.contains(.tracing) { InstrumentationSystem.bootstrap(SpoorTracer(forEver: system.tracer)) }
    return system
  }

  /// Creates a system without installing it globally.
  package init(_ resolved: ResolvedConfiguration) throws(SpoorError) {
    spoor_fill_standard_descriptors()
    service = resolved.resource.service
    levels = LogLevels(standard: resolved.logLevel, rules: resolved.logs.levels)
    shutdownTimeout = resolved.shutdownTimeout
    stacks = resolved.stacks
    let (journal, directory, fallback) = try SpoorError.throwing { try JournalPlace.open(resolved) }
    self.journal = journal
    let adoption = directory.map {
      JournalAdoption($0, maximumBytes: resolved.journalMaximumBytes, watched: resolved.watched)
    }
    let outputs = try SpoorError.throwing { try Self.outputs(resolved) }
    if !outputs.unwritable.isEmpty {
      LastWord.say(
        "spoor: log destinations that cannot be written: \(outputs.unwritable.joined(separator: ", ")). Their lines are "
          + "kept while there is room for them.\n")
    }
    for descriptor in outputs.descriptors {
      BrokenLine.mend(descriptor: descriptor) { adoption?.line(startingWith: $0) }
    }
    // Names are mostly needed for spans, so a process without spans reads none.
    let detail: NameDetail = resolved.isDisabled ? .off : resolved.stackNames
    let symbolicator = Symbolicator(detail: detail)
    let pipeline = try SpoorError.throwing { try Self.pipeline(resolved, journal, outputs, symbolicator) }
    self.pipeline = pipeline
    logger = Logger(
      label: "spoor",
      factory: { label in
        SpoorLogHandler(label: label, pipeline: pipeline, level: min(resolved.logLevel, .warning))
      })
    let report = DeadProcessReport(
      limits: StackTokens.Limits(pipeline.settings), detail: detail, readsOnDemand: false)
    let exporters = resolved.isDisabled ? [] : resolved.spanExporters
    let deliveries = [DeliveryLog](exporters: exporters.map(\.rawValue), logger: logger, journal: journal)
    let shipperLog = ShipperLog(
      logger: logger, journal: journal, pipeline: pipeline, deliveries: deliveries,
      deadProcesses: DeadProcessLog(pipeline: pipeline, report: report, isExported: resolved.logs.isExported))
    let metrics = SelfMetrics(journal: journal, pipeline: pipeline, factory: resolved.metricsFactory)
    self.metrics = metrics
    let share = AdoptionShare(
      exporters: SpanExport.count(resolved, takesOver: adoption != nil), others: resolved.logs.isExported ? 1 : 0)
    let export = try SpoorError.throwing {
      try SpanExport(
        resolved, journal, adoption, symbolicator, report, share: share, names: Self.names(symbolicator, report),
        log: { exporter, event in
          shipperLog.take(event, of: exporter)
          if case .tick = event { pipeline.writer.keepHouse() }
          metrics.note(event)
        },
        replay: { [pipeline] dead, line in
          pipeline.writeVerbatim(report.resolved(line, of: dead), isExported: !resolved.logs.isExported)
        })
    }
    self.export = export
    let logExport = try SpoorError.throwing { [logger] in
      try LogExport(
        resolved, journal, pipeline, report, share: share,
        delivery: DeliveryLog(logger: logger, journal: journal, subject: .logRecords))
    }
    self.logExport = logExport
    endLog = EndLog(
      logger: logger, journal: journal, deliveries: deliveries, hasShipperEnded: { export.haveEnded })
    tracer = SpoorTracer(
      recorder: SpanRecorder(
        journal: journal, clock: .system, limits: resolved.limits, redaction: resolved.redaction,
        errorNames: resolved.errorNames, exceptions: resolved.exceptionSignal,
        exceptionLog: PipelineExceptionLog(pipeline: pipeline, levels: levels),
        cancellationIsError: resolved.cancellationIsError, hooks: resolved.spanHooks,
        watcher: pipeline.heldLines == nil ? nil : pipeline),
      sampler: resolved.isDisabled ? NeverSampler() : resolved.sampler, propagator: resolved.propagator,
      keepRules: resolved.isDisabled ? KeepRules() : resolved.keep, uses64BitTraceIDs: resolved.uses64BitTraceIDs,
      baggageTags: resolved.baggageTags, honoursDebug: !resolved.isDisabled, flush: { export.flush() })
    samplingControl = SamplingControl(resolved, tracer, logger)
    if let fallback {
      logger.warning("journal_in_memory", metadata: ["reason": .string(fallback)])
    }
    for name in outputs.repeated {
      logger.warning(
        "log_destination_repeated",
        metadata: [
          "destination": .string(name), "reason": "it is the same file as an earlier one; each line is written once",
        ])
    }
    for complaint in resolved.complaints {
      logger.error(
        "setting_not_supported",
        metadata: [
          "setting": .string(complaint.setting), "value": .string(complaint.value),
          "expected": .string(complaint.expected),
        ])
    }
    armEvidence(resolved)
    let levelSwitch = LevelSwitch(signal: resolved.logs.levelSignal, levels: levels, logger: logger)
    samplingControl.look()
    let idleInterval = resolved.shipper.idleInterval?.nanoseconds
    pipeline.start(idleInterval: export.shippers.isEmpty ? idleInterval : nil) { [endLog, samplingControl] in
      levelSwitch.look()
      samplingControl.look()
      endLog.lookForLateSpans()
    }
    ExitDrain.register(
      ExitDrain.Entry(
        pipeline: pipeline, journal: journal, endLog: endLog, export: export, logExport: logExport,
        timeout: resolved.exitTimeout))
    try SpoorError.throwing {
      try logExport.start()
      try export.start()
    }
  }

  /// Installs the throw hook and the crash handler. If one cannot be installed, that is logged and the process runs
  /// without it.
  private func armEvidence(_ resolved: ResolvedConfiguration) {
    // Log lines find their ids through this table too, so it is installed even if neither throws nor crashes are
    // recorded.
    let hasContexts = SpanContextTable.install()
    if resolved.stacks.mode != .off {
      if !hasContexts {
        logger.warning("stacks_without_spans", metadata: ["reason": "a context is not one word here"])
      }
      if !StackCapture.install(resolved.stacks) {
        logger.warning(
          "stacks_not_captured",
          metadata: ["reason": "this Swift runtime does not report throws: failures have the stack of their record"])
      }
    }
    // In memory mode no later start could read a crash record, so no handler is installed.
    guard journal.isInFile else { return }
    guard resolved.recordsCrashes else { return unsafe CrashEvidence.prepare(area: journal.crashMemory) }
    do throws(CrashEvidenceError) {
      try unsafe CrashEvidence.install(area: journal.crashMemory)
    } catch {
      logger.warning("crashes_not_recorded", metadata: ["reason": "\(error)"])
    }
  }

  /// The shipper's source of names: one thread reads them, for stacks of this process and of dead ones.
  private static func names(_ symbolicator: Symbolicator, _ report: DeadProcessReport) -> StackNames {
    let thread = NameThread()
    return StackNames(
      areKnown: { symbolicator.knows(CapturedStack(calls: $0)) },
      read: { stacks, done in
        thread.perform {
          for stack in stacks { _ = symbolicator.resolve(CapturedStack(calls: stack)) }
          done()
        }
      },
      prepare: { dead, done in
        thread.perform {
          report.prepare(dead)
          done()
        }
      })
  }

  private static func pipeline(
    _ resolved: ResolvedConfiguration, _ journal: Journal, _ outputs: LogOutputs, _ symbolicator: Symbolicator
  ) throws -> LogPipeline {
    var settings = LogSettings(service: resolved.resource.service)
    settings.serviceVersion = resolved.resource.tags.last { $0.key == "service.version" }?.value
    settings.preset = resolved.logs.preset
    settings.googleCloudProject = resolved.logs.googleCloudProject
    settings.sampling = resolved.logs.sampling
    settings.heldLevel = resolved.logs.heldLevel
    settings.heldLines = resolved.logs.heldLines
    settings.timestampDigits = resolved.logTimestampDigits
    settings.redaction = resolved.redaction
    settings.cancellationIsError = resolved.cancellationIsError
    settings.isSensitive = resolved.isSensitive
    settings.breadcrumbs = resolved.breadcrumbs
    settings.recordsSource = resolved.recordsLogSource
    settings.fields = resolved.resourceLogFields.map { ($0.key, $0.value) }
    settings.baggageFields = resolved.baggageLogFields.sorted()
    settings.errorNames = resolved.errorNames
    settings.stackPatience = resolved.stackPatience.nanoseconds
    let isTerminal = outputs.descriptors.allSatisfy { isatty($0) == 1 }
    let format: LogPipeline.Format =
      switch resolved.logFormat {
      case .json: .json
      case .console: .console(colour: isTerminal && Self.processEnvironment()["NO_COLOR"] == nil)
      case .auto where resolved.logs.isExported: .json
      case .auto: isTerminal ? .console(colour: Self.processEnvironment()["NO_COLOR"] == nil) : .json
      }
    let ring = try unsafe LogRing(memory: journal.logRingMemory, owner: journal)
    settings.recordBytes = min(resolved.logRecordBytes, ring.maximumLineBytes)
    return LogPipeline(
      settings: settings, format: format, ring: ring,
      outputs: outputs,
      mode: resolved.logsSynchronously ? .synchronous : .ring(writesErrors: !journal.isInFile),
      patience: resolved.logPatience.nanoseconds,
      symbolicator: symbolicator)
  }

  private static func outputs(_ resolved: ResolvedConfiguration) throws -> LogOutputs {
    do throws(LogFile.Failure) {
      return try LogOutputs(
        resolved.logs.destinations, reopenSignal: resolved.logs.reopenSignal, hasExporter: resolved.logs.isExported)
    } catch {
      throw ConfigurationError(
        setting: resolved.logs.destinationsSetting, value: error.path,
        expected: "destinations that can be written: \(error)")
    }
  }

  // MARK: In a service

  /// A handler for one logger, for programs that install it themselves.
  public func logHandler(label: String, metadataProvider: Logger.MetadataProvider? = nil) -> SpoorLogHandler {
    SpoorLogHandler(label: label, pipeline: pipeline, levels: levels, metadataProvider: metadataProvider)
  }

  /// A logger that writes through this system, whatever is installed globally.
  public func logger(label: String) -> Logger { Logger(label: label, factory: { logHandler(label: $0) }) }

  /// A log of typed events: the same lines as ``logger(label:)`` writes, cheaper.
  public func eventLog(label: String) -> EventLog { EventLog(label: label, levels: levels, pipeline: pipeline) }

  /// Changes which throws are captured, from now on and for the whole process.
  public func setStackCapture(_ capture: SpoorConfiguration.Stacks.Capture) {
    if capture == .off {
      StackCapture.uninstall()
    } else {
      StackCapture.install(StackCapture.Options(mode: capture, onePer: stacks.onePer))
    }
  }

  /// Starts sending the finished spans now, without waiting for a full batch. Returns at once; ``flush(timeout:)``
  /// waits.
  public func flush() {
    export.flush()
    logExport.flush()
  }

  /// The environment of the process.
  package static func processEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let line = unsafe String(cString: text)
      if let equals = line.firstIndex(of: "=") {
        result[String(line[..<equals])] = String(line[line.index(after: equals)...])
      }
      unsafe entry += 1
    }
    return result
  }
}
