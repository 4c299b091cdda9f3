internal import CSpoor
public import Logging
internal import SpoorExport
package import SpoorJournal
public import SpoorLogging
internal import SpoorStacks
public import SpoorTracing
internal import Tracing

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Spoor in a process: the journal, the tracer, the log, and the thread that ships spans.
///
/// ```swift
/// let spoor = try SpoorSystem.bootstrap(service: "order-service")
/// ```
/// Shipping starts at once, not when a service group runs. At the end either the service group ends it (it is a
/// `Service`; list it first, it then stops last) or the program does: `await spoor.shutdown()`.
///
/// What is lost: spans that find the journal full, and what the process had not shipped when it ended without a
/// shutdown; both are counted or said where that is possible.
public final class SpoorSystem: Sendable {
  /// What to install for the whole process.
  public struct Install: OptionSet, Sendable {
    /// The bits.
    public let rawValue: Int
    /// From bits.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// swift-log's `LoggingSystem`. It traps if somebody has bootstrapped it before: leave this out then, and put
    /// ``SpoorSystem/logHandler(label:metadataProvider:)`` into the multiplexer that is installed.
    public static let logging = Install(rawValue: 1)
    /// swift-distributed-tracing's `InstrumentationSystem`; it traps likewise, and ``SpoorSystem/tracer`` is what to put
    /// into the multiplexer.
    public static let tracing = Install(rawValue: 2)
    /// Both.
    public static let all: Install = [.logging, .tracing]
  }

  /// The tracer, for those who install it themselves or hand it to `withTracer`.
  public let tracer: SpoorTracer
  /// The service's name.
  public let service: String
  package let journal: Journal
  private let pipeline: LogPipeline
  private let shipper: Shipper?
  private let metrics: SelfMetrics
  private let logger: Logger
  let levels: LogLevels
  private let shutdownTimeout: Duration
  private let closing = Locked<Task<ShutdownReport, Never>?>(nil)

  private static let hasBootstrapped = Locked(false)

  /// Sets everything up, once per process.
  ///
  /// - Parameters:
  ///   - service: the service's name; nil takes it from the configuration or `OTEL_SERVICE_NAME`.
  ///   - configuration: what is set in code; the rest comes from the environment, then from defaults.
  ///   - install: the global systems to install.
  /// - Throws: ``ConfigurationError`` for a setting that makes no sense, `SpoorError` for a second call or where the
  ///   system gives no thread.
  public static func bootstrap(
    service: String? = nil, configuration: SpoorConfiguration = SpoorConfiguration(), install: Install = .all
  ) throws -> SpoorSystem {
    var configuration = configuration
    if let service { configuration.service = service }
    let resolved = try ResolvedConfiguration(configuration, environment: processEnvironment())
    try hasBootstrapped.withLock { hasBootstrapped in
      guard !hasBootstrapped else { throw SpoorError.alreadyBootstrapped }
      hasBootstrapped = true
    }
    let system: SpoorSystem
    do {
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

  /// A system of its own, which installs nothing.
  package init(_ resolved: ResolvedConfiguration) throws {
    service = resolved.resource.service
    levels = LogLevels(standard: resolved.logLevel, rules: resolved.logs.levels)
    shutdownTimeout = resolved.shutdownTimeout
    let (journal, directory, fallback) = try JournalPlace.open(resolved)
    self.journal = journal
    let adoption = directory.map { JournalAdoption($0, maximumBytes: resolved.journalMaximumBytes) }
    let outputs = try Self.outputs(resolved)
    for descriptor in outputs.descriptors {
      BrokenLine.mend(descriptor: descriptor) { adoption?.line(startingWith: $0) }
    }
    let symbolicator = Symbolicator()
    pipeline = try Self.pipeline(resolved, journal, outputs, symbolicator)
    logger = Logger(
      label: "spoor",
      factory: { [pipeline] label in
        SpoorLogHandler(label: label, pipeline: pipeline, level: min(resolved.logLevel, .warning))
      })
    let legacy = Legacy(
      limits: StackTokens.Limits(pipeline.settings),
      encoder: { Self.encoder(resolved.encoding, $0) })
    let diagnostics = Diagnostics(logger: logger, journal: journal, pipeline: pipeline, legacy: legacy)
    let metrics = SelfMetrics(journal: journal, pipeline: pipeline, factory: resolved.metricsFactory)
    self.metrics = metrics
    let warmUp = SymbolWarmUp(symbolicator)
    let shipper: Shipper? =
      resolved.isDisabled
      ? nil
      : try Shipper(
        journal: journal, resource: resolved.resource, encoder: Self.encoder(resolved.encoding, symbolicator),
        curl: resolved.curl,
        settings: resolved.shipper,
        adoption: adoption,
        names: StackNames(areReady: { warmUp.isWarm }, prepare: { warmUp.begin($0, done: $1) }),
        style: legacy.style,
        replay: { [pipeline] dead, line in pipeline.writeVerbatim(legacy.resolved(line, of: dead)) },
        report: { event in
          diagnostics.take(event)
          metrics.note(event)
        })
    self.shipper = shipper
    tracer = SpoorTracer(
      recorder: SpanRecorder(
        journal: journal, clock: .system, limits: resolved.limits, redaction: resolved.redaction,
        errorNames: resolved.errorNames, hooks: resolved.spanHooks,
        watcher: pipeline.heldLines == nil ? nil : pipeline),
      sampler: resolved.isDisabled ? NeverSampler() : resolved.sampler, propagator: resolved.propagator,
      keepRules: resolved.isDisabled ? KeepRules() : resolved.keep, uses64BitTraceIDs: resolved.uses64BitTraceIDs,
      baggageTags: resolved.baggageTags, honoursDebug: !resolved.isDisabled, flush: { shipper?.flush() })
    if let fallback {
      logger.warning("journal_in_memory", metadata: ["reason": .string(fallback)])
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
    pipeline.start { levelSwitch.look() }
    ExitDrain.register(pipeline)
    try shipper?.start()
  }

  /// What records throws and crashes. A process goes on without it where the system refuses.
  private func armEvidence(_ resolved: ResolvedConfiguration) {
    if resolved.stacks.mode != .off {
      if !SpanContextTable.install() {
        logger.warning("stacks_without_spans", metadata: ["reason": "a context is not one word here"])
      }
      StackCapture.install(resolved.stacks)
    }
    // What nobody will read is not worth a handler: in memory mode there is no next start.
    guard journal.isInFile else { return }
    guard resolved.recordsCrashes else { return unsafe CrashEvidence.prepare(area: journal.crashMemory) }
    do throws(CrashEvidenceError) {
      _ = SpanContextTable.install()
      try unsafe CrashEvidence.install(area: journal.crashMemory)
    } catch {
      logger.warning("crashes_not_recorded", metadata: ["reason": "\(error)"])
    }
  }

  private static func encoder(
    _ encoding: SpoorConfiguration.Encoding, _ symbolicator: Symbolicator
  ) -> any SpanEncoder {
    switch encoding {
    case .json: ZipkinJSONEncoder(formatStack: symbolicator.text)
    case .proto: ZipkinProtoEncoder(formatStack: symbolicator.text)
    }
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
    settings.isSensitive = resolved.isSensitive
    settings.breadcrumbs = resolved.breadcrumbs
    settings.fields = resolved.resourceLogFields.map { ($0.key, $0.value) }
    settings.baggageFields = resolved.baggageLogFields.sorted()
    settings.errorNames = resolved.errorNames
    settings.stackPatience = resolved.stackPatience.nanoseconds
    let isTerminal = outputs.descriptors.allSatisfy { isatty($0) == 1 }
    let format: LogPipeline.Format =
      switch resolved.logFormat {
      case .json: .json
      case .console: .console(colour: isTerminal && Self.processEnvironment()["NO_COLOR"] == nil)
      case .auto: isTerminal ? .console(colour: Self.processEnvironment()["NO_COLOR"] == nil) : .json
      }
    return LogPipeline(
      settings: settings, format: format, ring: try unsafe LogRing(memory: journal.logRingMemory, owner: journal),
      outputs: outputs,
      mode: resolved.logsSynchronously ? .synchronous : .ring(writesErrors: !journal.isInFile),
      patience: resolved.logPatience.nanoseconds,
      symbolicator: symbolicator)
  }

  private static func outputs(_ resolved: ResolvedConfiguration) throws -> LogOutputs {
    do throws(LogFile.Failure) {
      return try LogOutputs(resolved.logs.destinations, reopenSignal: resolved.logs.reopenSignal)
    } catch {
      throw ConfigurationError(
        setting: resolved.logs.destinationsSetting, value: error.path, expected: "a file that can be written: \(error)")
    }
  }

  // MARK: In a service

  /// A handler for one logger, for those who install it themselves.
  public func logHandler(label: String, metadataProvider: Logger.MetadataProvider? = nil) -> SpoorLogHandler {
    SpoorLogHandler(label: label, pipeline: pipeline, levels: levels, metadataProvider: metadataProvider)
  }

  /// A logger that writes through this system, whatever is installed globally.
  public func logger(label: String) -> Logger { Logger(label: label, factory: { logHandler(label: $0) }) }

  /// A log of typed events: the same lines as ``logger(label:)`` writes, cheaper.
  public func eventLog(label: String) -> EventLog { EventLog(label: label, levels: levels, pipeline: pipeline) }

  /// Asks for what has finished to be sent now. Returns at once.
  public func flush() { shipper?.flush() }

  /// What a shutdown left behind.
  public struct ShutdownReport: Sendable, Hashable {
    /// Finished spans that no collector has.
    public let undeliveredSpans: Int
    /// Whether they are in a file, which the next start ships.
    public let keepsUndelivered: Bool
    /// Spans that had started and not ended.
    public let openSpans: Int
    /// Whether every log line is written.
    public let wroteAllLines: Bool
    /// What the collector said or did last, where it failed.
    public let lastFailure: String?
  }

  /// Sends what has finished and writes every line, within the time given, and says in the log what could not be
  /// delivered. Further calls get the same report.
  ///
  /// - Parameter timeout: nil for the configuration's, 5 s by default.
  @discardableResult
  public func shutdown(timeout: Duration? = nil) async -> ShutdownReport {
    let timeout = timeout ?? shutdownTimeout
    // A task of its own: a caller who is cancelled must not cut the drain short.
    let task = closing.withLock { closing in
      if let closing { return closing }
      let task = Task.detached { [self] in await close(timeout) }
      closing = task
      return task
    }
    return await task.value
  }

  private func close(_ timeout: Duration) async -> ShutdownReport {
    let began = ContinuousClock.now
    let shipped = await shipper?.shutdown(timeout: timeout)
    let held = Int(journal.heldCount)
    let undelivered = shipped?.undelivered ?? 0
    if undelivered > 0 {
      logger.warning(
        "spans_undelivered",
        metadata: [
          "count": .stringConvertible(undelivered), "reason": .string(shipped?.lastFailure ?? "the time was over"),
          "kept": .stringConvertible(shipped?.isKept ?? false),
        ])
    }
    // What is left of the time, and at least a second: names of stacks may still be on their way.
    let rest = max(timeout - (ContinuousClock.now - began), .seconds(1))
    pipeline.reportSuppressed(all: true)
    let wroteAll = pipeline.writer.drain(nanoseconds: rest.nanoseconds, isLast: true)
    metrics.update()
    return ShutdownReport(
      undeliveredSpans: undelivered, keepsUndelivered: shipped?.isKept ?? false, openSpans: max(0, held - undelivered),
      wroteAllLines: wroteAll,
      lastFailure: shipped?.lastFailure)
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

/// What can go wrong at bootstrap beside settings.
public enum SpoorError: Error, Sendable, Hashable, CustomStringConvertible {
  /// `bootstrap` was called before in this process.
  case alreadyBootstrapped

  /// In one sentence.
  public var description: String {
    switch self {
    case .alreadyBootstrapped: "SpoorSystem.bootstrap was called before: expected one call per process"
    }
  }
}
