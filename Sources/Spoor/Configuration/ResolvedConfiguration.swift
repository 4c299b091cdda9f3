internal import CSpoor
package import Logging
package import Metrics
package import SpoorContext
package import SpoorExport
package import SpoorJournal
internal import SpoorLogging
package import SpoorStacks
package import SpoorTracing

/// The configuration with every question answered: code beats environment beats default.
package struct ResolvedConfiguration: Sendable {
  package var resource: Resource
  /// Those of its tags that are fields of log records.
  package var resourceLogFields: [Resource.Tag]
  package var curl: CurlSettings
  package var encoding: SpoorConfiguration.Encoding
  package var shipper: ShipperSettings
  package var propagator: TracePropagator
  package var baggageTags: Set<String>
  package var baggageLogFields: Set<String>
  package var sampler: any Sampler
  package var keep: KeepRules
  package var limits: SpanLimits
  package var uses64BitTraceIDs: Bool
  package var redaction: Redaction
  package var spanHooks: [SpanHook]
  package var isSensitive: @Sendable (Logger.MetadataValueAttributes) -> Bool
  package var stacks: StackCapture.Options
  package var recordsCrashes: Bool
  package var breadcrumbs: Int
  package var stackPatience: Duration
  package var errorNames: ErrorNames
  package var journal: JournalLayout
  /// Nil for memory only.
  package var journalDirectory: String?
  /// Whether the directory was asked for: what was asked for and cannot be had is an error.
  package var isJournalDirectoryGiven: Bool
  package var journalMaximumBytes: Int
  package var logLevel: Logger.Level
  package var logs: ResolvedLogs
  package var logFormat: SpoorConfiguration.LogFormat
  package var logsSynchronously: Bool
  package var logPatience: Duration
  package var logTimestampDigits: Int
  package var logDescriptor: Int32
  package var metricsFactory: (any MetricsFactory)?
  package var shutdownTimeout: Duration
  package var isDisabled: Bool
  /// What was passed over, to be logged.
  package var complaints: [ConfigurationError]
  /// The environment variables that were looked at.
  package var readVariables: Set<String>

  /// - Throws: ``ConfigurationError`` for the first setting that makes no sense.
  package init(
    _ given: SpoorConfiguration, environment: [String: String]
  ) throws {
    var reader = try EnvironmentReader(given.environment ?? environment)
    resource = try Self.resource(given, &reader, given.environment ?? environment)
    resourceLogFields = Self.logFields(given, &reader, resource)
    curl = try Self.curl(given, &reader)
    encoding = try reader.choice(Settings.encoding, given.encoding) ?? .json
    shipper = try Self.shipper(given, &reader)
    propagator = try Self.propagator(given, &reader)
    baggageTags = given.baggageTags ?? Set(reader.list(Settings.baggageTags) ?? [])
    baggageLogFields = given.baggageLogFields ?? Set(reader.list(Settings.baggageLogFields) ?? [])
    sampler = try given.sampler ?? SamplerSetting.read(&reader)
    // Where everything is recorded, each local root would say the same: it is said once, by the resource.
    if SamplerSetting.takesEverything(sampler) { resource.tags.append(Resource.Tag("spoor.sampler", "always_on")) }
    keep = try Self.keep(given, &reader)
    limits = try Self.limits(given, &reader)
    uses64BitTraceIDs = try reader.flag(Settings.uses64BitTraceIDs, given.uses64BitTraceIDs) ?? false
    redaction = try Self.redaction(given, &reader)
    spanHooks = given.spanHooks
    isSensitive = given.isSensitive ?? { $0[Sensitivity.self] == .sensitive }
    stacks = try Self.stacks(given, &reader)
    recordsCrashes = try reader.flag(Settings.recordsCrashes, given.recordsCrashes) ?? true
    breadcrumbs = try reader.integer(Settings.breadcrumbs, given.breadcrumbs) ?? 10
    stackPatience = try reader.duration(Settings.stackPatience, given.stackPatience) ?? .seconds(2)
    errorNames = try reader.choice(Settings.errorNames, given.errorNames) ?? .ecs
    journal = try Self.journal(given, &reader)
    (journalDirectory, isJournalDirectoryGiven) = try Self.directory(given, &reader, environment, resource.service)
    journalMaximumBytes = try reader.integer(Settings.journalMaximumBytes, given.journalMaximumBytes) ?? 1 << 30
    logLevel = try reader.choice(Settings.logLevel, given.logLevel) ?? .info
    logs = try Self.logs(given, &reader)
    logFormat = try reader.choice(Settings.logFormat, given.logFormat) ?? .auto
    logsSynchronously = try reader.flag(Settings.logsSynchronously, given.logsSynchronously) ?? false
    logPatience = try reader.duration(Settings.logPatience, given.logPatience) ?? .milliseconds(10)
    logTimestampDigits = try Self.timestampDigits(given, &reader)
    logDescriptor = given.logDescriptor
    metricsFactory = given.metricsFactory
    shutdownTimeout = try reader.duration(Settings.shutdownTimeout, given.shutdownTimeout) ?? .seconds(5)
    isDisabled = try Self.isDisabled(given, &reader)
    try Self.complainAboutUnsupported(&reader)
    complaints = reader.complaints
    readVariables = reader.variables
  }
}
