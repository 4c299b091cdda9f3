// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
package import Logging
package import Metrics
internal import SpoorBase
package import SpoorContext
package import SpoorExport
package import SpoorJournal
internal import SpoorLogging
package import SpoorStacks
package import SpoorTracing

/// The configuration with every setting resolved: code beats environment beats default.
package struct ResolvedConfiguration: Sendable {
  package var resource: Resource
  /// The resource's tags that are also fields of log records.
  package var resourceLogFields: [Resource.Tag]
  package var curl: CurlSettings
  package var encoding: SpoorConfiguration.Encoding
  /// Each once.
  package var spanExporters: [SpoorConfiguration.SpanExporter]
  package var otlp: ResolvedOTLP
  package var shipper: ShipperSettings
  package var propagator: TracePropagator
  package var baggageTags: Set<String>
  package var baggageLogFields: Set<String>
  package var uses64BitTraceIDs: Bool
  package var sampler: any Sampler
  package var keep: KeepRules
  package let samplingSource: SamplingSource
  /// A file that is watched for changes of the sampling; nil for none.
  package var samplingFile: String?
  /// 0 for none.
  package var samplingSignal: Int32
  package var isDisabled: Bool
  package var limits: SpanLimits
  package var cancellationIsError: Bool
  package var spanHooks: [SpanHook]
  package var redaction: Redaction
  package var isSensitive: @Sendable (Logger.MetadataValueAttributes) -> Bool
  package var stacks: StackCapture.Options
  package var stackNames: NameDetail
  package var stackPatience: Duration
  package var recordsCrashes: Bool
  package var breadcrumbs: Int
  package var errorNames: ErrorNames
  package var exceptionSignal: ExceptionSignal
  package var journal: JournalLayout
  /// Whether its size was set; otherwise it is smaller on a small file system.
  package let isJournalSizeGiven: Bool
  /// Nil for memory only.
  package var journalDirectory: String?
  /// The name of the setting that named the directory; nil for the default directory. A directory that was named and
  /// cannot be used is an error.
  package var journalDirectorySetting: String?
  package var journalMaximumBytes: Int
  /// The group whose members may ship what this process leaves; nil for none.
  package var journalGroup: UInt32?
  /// Directories of other processes' journals that this process ships, which makes it an agent; nil for none.
  package var watched: WatchedJournals?
  package var logLevel: Logger.Level
  package var logs: ResolvedLogs
  package var logFormat: SpoorConfiguration.Logging.Format
  package var logsSynchronously: Bool
  package var logPatience: Duration
  package var logRecordBytes: Int
  package var recordsLogSource: Bool
  package var logTimestampDigits: Int
  package var metricsFactory: (any MetricsFactory)?
  package var shutdownTimeout: Duration
  /// How long the process's end may wait for the collector; zero for not at all.
  package var exitTimeout: Duration
  /// Invalid settings that were ignored, to be logged.
  package var complaints: [ConfigurationError]
  /// The environment variables that were read.
  package var readVariables: Set<String>

  /// - Throws: ``ConfigurationError`` for the first invalid setting.
  package init(
    _ given: SpoorConfiguration, environment processEnvironment: [String: String]
  ) throws(ConfigurationError) {
    let environment = given.environment ?? processEnvironment
    var reader = try SettingReader(environment)
    resource = try Self.resource(given.service, &reader, environment)
    resourceLogFields = try Self.logFields(given.service, &reader, resource)
    curl = try Self.curl(given.export, &reader)
    encoding = try reader.value(Settings.encoding, given.export.encoding)
    shipper = try Self.shipper(given.export, idleInterval: given.idleInterval, &reader)
    propagator = try Self.propagator(given.propagation, &reader)
    baggageTags = Set(try reader.value(Settings.baggageTags, given.propagation.baggageTags.map(Array.init)) ?? [])
    baggageLogFields = Set(
      try reader.value(Settings.baggageLogFields, given.propagation.baggageLogFields.map(Array.init)) ?? [])
    uses64BitTraceIDs = try reader.value(Settings.uses64BitTraceIDs, given.propagation.uses64BitTraceIDs)
    let sampling = try SamplingSource.resolved(given.sampling, &reader)
    sampler = sampling.sampler
    keep = sampling.keep
    samplingSource = SamplingSource(given.sampling, environment: environment)
    samplingFile = try reader.value(Settings.samplingFile, given.sampling.file)
    samplingSignal = try reader.value(Settings.samplingSignal, given.sampling.signal).number
    // If every trace is recorded, the resource names the sampler once, and local roots do not repeat it.
    if SamplerSetting.takesEverything(sampler) { resource.tags.append(Resource.Tag("spoor.sampler", "always_on")) }
    spanExporters = try reader.value(Settings.spanExporters, given.export.exporters)
    // What was asked for in code beats `none` in the environment.
    if spanExporters.isEmpty, given.export.exporters == nil, given.spans.areRecorded == true {
      spanExporters = Settings.spanExporters.standard
    }
    otlp = try Self.otlp(given.export, &reader, sharing: curl)
    isDisabled = try Self.isDisabled(given.spans, &reader, exporters: spanExporters)
    limits = try Self.limits(given.spans.limits, &reader)
    cancellationIsError = try reader.value(Settings.cancellationIsError, given.failures.cancellationIsError)
    spanHooks = given.spans.hooks
    redaction = try Self.redaction(given.redaction, &reader)
    isSensitive = given.logging.isSensitive ?? { $0[Sensitivity.self] == .sensitive }
    stacks = StackCapture.Options(
      mode: try reader.value(Settings.stacksMode, given.stacks.capture),
      onePer: try reader.value(Settings.stacksOnePer, given.stacks.onePer))
    stackNames = try reader.value(Settings.stackNames, given.stacks.names)
    stackPatience = try reader.value(Settings.stackPatience, given.stacks.patience)
    recordsCrashes = try reader.value(Settings.recordsCrashes, given.failures.recordsCrashes)
    breadcrumbs = try reader.value(Settings.breadcrumbs, given.failures.breadcrumbs)
    errorNames = try reader.value(Settings.errorNames, given.failures.names)
    exceptionSignal = try reader.value(Settings.exceptionSignal, given.failures.exceptions)
    journal = try Self.journal(given.journal, &reader)
    let sizeVariable = try reader.variable(Settings.journalBytes.setting)
    isJournalSizeGiven = given.journal.bytes != nil || sizeVariable != nil
    (journalDirectory, journalDirectorySetting) = try Self.directory(
      given.journal, &reader, environment, resource.service)
    journalMaximumBytes = try Self.maximumBytes(given.journal, &reader, journal)
    journalGroup = try reader.value(Settings.journalGroup, given.journal.group).flatMap(UserGroup.id)
    logLevel = try reader.value(Settings.logLevel, given.logging.level)
    logs = try Self.logs(given.logging, &reader)
    logFormat = try reader.value(Settings.logFormat, given.logging.format)
    if logs.isExported, logFormat == .console {
      throw ConfigurationError(
        setting: Settings.logFormat.row.name(isGiven: given.logging.format != nil), value: logFormat.rawValue,
        expected: "json or auto, because log records are exported as OTLP")
    }
    logsSynchronously = try reader.value(Settings.logsSynchronously, given.logging.isSynchronous)
    // A synchronous line waits for the writer, not only for room in the ring, so its default is longer.
    let hasOwnPatience = given.logging.patience != nil || reader.isSet(Settings.logPatience.row)
    let patience = try reader.value(Settings.logPatience, given.logging.patience)
    logPatience = logsSynchronously && !hasOwnPatience ? .seconds(1) : patience
    logRecordBytes = try reader.value(Settings.logRecordBytes, given.logging.recordBytes)
    recordsLogSource = try reader.value(Settings.logSource, given.logging.recordsSource)
    logTimestampDigits = try reader.value(Settings.logTimestampDigits, given.logging.timestampPrecision).rawValue
    metricsFactory = given.metricsFactory
    shutdownTimeout = try reader.value(Settings.shutdownTimeout, given.shutdownTimeout)
    exitTimeout = try reader.value(Settings.exitTimeout, given.exitTimeout)
    try reader.complainAboutNames()
    complaints = reader.complaints
    readVariables = reader.variables
  }
}
