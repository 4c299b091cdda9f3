internal import CSpoor
package import Logging
package import Metrics
package import SpoorContext
package import SpoorExport
package import SpoorJournal
package import SpoorStacks
package import SpoorTracing

/// The configuration with every question answered: code beats environment beats default.
package struct ResolvedConfiguration: Sendable {
  package var resource: Resource
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

  /// - Throws: ``ConfigurationError`` for the first setting that makes no sense.
  package init(
    _ given: SpoorConfiguration, environment: [String: String]
  ) throws {
    var reader = EnvironmentReader(environment)
    resource = try Self.resource(given, &reader)
    curl = try Self.curl(given, &reader)
    encoding = try given.encoding ?? reader.choice("SPOOR_ENCODING", of: SpoorConfiguration.Encoding.self) ?? .json
    shipper = try Self.shipper(given, &reader)
    propagator = try Self.propagator(given, &reader)
    baggageTags = given.baggageTags ?? Set(reader.list("SPOOR_BAGGAGE_TAGS") ?? [])
    baggageLogFields = given.baggageLogFields ?? Set(reader.list("SPOOR_BAGGAGE_LOG_FIELDS") ?? [])
    sampler = try given.sampler ?? SamplerSetting.read(&reader)
    // Where everything is recorded, each local root would say the same: it is said once, by the resource.
    if SamplerSetting.takesEverything(sampler) { resource.tags.append(Resource.Tag("spoor.sampler", "always_on")) }
    keep = try Self.keep(given, &reader)
    limits = try Self.limits(given, &reader)
    uses64BitTraceIDs = try given.uses64BitTraceIDs ?? reader.flag("SPOOR_TRACE_ID_64BIT") ?? false
    redaction = given.redaction ?? Redaction()
    stacks = try Self.stacks(given, &reader)
    recordsCrashes = try given.recordsCrashes ?? reader.flag("SPOOR_CRASHES") ?? true
    breadcrumbs = try Self.breadcrumbs(given, &reader)
    stackPatience =
      try given.stackPatience ?? reader.milliseconds("SPOOR_STACK_PATIENCE", in: 0...60_000) ?? .seconds(2)
    errorNames = try given.errorNames ?? reader.choice("SPOOR_ERROR_NAMES", of: ErrorNames.self) ?? .ecs
    journal = try Self.journal(given, &reader)
    let directory = given.journalDirectory ?? reader.text("SPOOR_JOURNAL_DIR")
    isJournalDirectoryGiven = directory != nil
    journalDirectory =
      directory == "off"
      ? nil : directory ?? JournalDirectory.defaultPath(service: resource.service, environment: environment)
    if let directory, directory != "off", !directory.hasPrefix("/") {
      throw ConfigurationError(
        setting: given.journalDirectory == nil ? "SPOOR_JOURNAL_DIR" : "journalDirectory", value: directory,
        expected: "an absolute path, or off")
    }
    journalMaximumBytes =
      try given.journalMaximumBytes ?? reader.integer("SPOOR_JOURNAL_MAX_BYTES", in: 0...(1 << 50)) ?? 1 << 30
    logLevel =
      try given.logLevel
      ?? reader.value(
        "LOG_LEVEL", expected: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
      ) { Logger.Level(rawValue: $0.lowercased()) } ?? .info
    logFormat = try given.logFormat ?? reader.choice("SPOOR_LOG_FORMAT", of: SpoorConfiguration.LogFormat.self) ?? .auto
    logsSynchronously = try given.logsSynchronously ?? reader.flag("SPOOR_LOG_SYNCHRONOUS") ?? false
    logPatience =
      try given.logPatience ?? reader.milliseconds("SPOOR_LOG_PATIENCE", in: 0...60_000) ?? .milliseconds(10)
    logTimestampDigits = try Self.timestampDigits(given, &reader)
    logDescriptor = given.logDescriptor
    metricsFactory = given.metricsFactory
    shutdownTimeout =
      try given.shutdownTimeout ?? reader.milliseconds("SPOOR_SHUTDOWN_TIMEOUT", in: 0...3_600_000) ?? .seconds(5)
    isDisabled = try Self.isDisabled(given, &reader)
    try Self.complainAboutUnsupported(&reader)
    complaints = reader.complaints
  }

  // MARK: One by one

  private static func resource(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> Resource {
    var attributes: [(String, String)] = try reader.pairs("OTEL_RESOURCE_ATTRIBUTES") ?? []
    func take(_ key: String) -> String? {
      defer { attributes.removeAll { $0.0 == key } }
      return attributes.last { $0.0 == key }?.1
    }
    let fromAttributes = take("service.name")
    let service = given.service ?? reader.text("OTEL_SERVICE_NAME") ?? fromAttributes ?? "unknown_service"
    guard !service.isEmpty, service.utf8.count <= 255 else {
      throw ConfigurationError(setting: "service", value: service, expected: "a name of 1 to 255 bytes")
    }
    let instance = take("service.instance.id") ?? SpanID.random().description
    if let version = given.version {
      _ = take("service.version")
      attributes.insert(("service.version", version), at: 0)
    }
    for (key, value) in given.resource.sorted(by: { $0.key < $1.key }) {
      _ = take(key)
      attributes.append((key, value))
    }
    return Resource(service: service, instance: instance, tags: attributes.map { Resource.Tag($0.0, $0.1) })
  }

  private static func curl(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> CurlSettings {
    let (setting, texts) =
      if let endpoints = given.endpoints {
        ("endpoints", endpoints)
      } else if let endpoints = reader.list("SPOOR_ENDPOINTS") {
        ("SPOOR_ENDPOINTS", endpoints)
      } else if let endpoint = reader.text("OTEL_EXPORTER_ZIPKIN_ENDPOINT") {
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", [endpoint])
      } else {
        ("endpoints", ["http://localhost:9411/api/v2/spans"])
      }
    var endpoints: [CollectorEndpoint] = []
    // A URL that is none cannot be replaced by a default: the spans would go somewhere else.
    for text in texts {
      do throws(InvalidSenderSetting) {
        endpoints.append(try CollectorEndpoint(text))
      } catch {
        throw ConfigurationError(setting: setting, value: error.value, expected: error.expected)
      }
    }
    var curl = CurlSettings(endpoints: endpoints)
    if let timeout = try given.requestTimeout ?? reader.milliseconds("OTEL_EXPORTER_ZIPKIN_TIMEOUT") {
      curl.timeout = timeout
    }
    if let timeout = try given.connectTimeout ?? reader.milliseconds("SPOOR_CONNECT_TIMEOUT") {
      curl.connectTimeout = timeout
    }
    switch try given.compression ?? reader.choice("SPOOR_COMPRESSION", of: SpoorConfiguration.Compression.self) {
    case .always: curl.compression = .always
    case .never: curl.compression = .never
    case .auto, nil: break
    }
    if let headers = given.headers {
      curl.headers = headers.sorted { $0.key < $1.key }.map { CurlSettings.Header($0.key, $0.value) }
    } else if let headers = try reader.pairs("SPOOR_HEADERS", isSecret: true) {
      curl.headers = headers.map { CurlSettings.Header($0.0, $0.1) }
    }
    if let proxy = given.proxy ?? reader.text("SPOOR_PROXY") { curl.proxy = proxy == "none" ? .none : .url(proxy) }
    curl.tls = try tls(given.tls, &reader)
    do throws(InvalidSenderSetting) {
      try curl.validate()
    } catch {
      throw ConfigurationError(setting: error.setting, value: error.value, expected: error.expected)
    }
    return curl
  }

  private static func tls(
    _ given: SpoorConfiguration.TLS, _ reader: inout EnvironmentReader
  ) throws -> CurlSettings.TLS {
    var tls = CurlSettings.TLS()
    tls.verifiesPeer = try given.verifiesPeer ?? reader.flag("SPOOR_TLS_VERIFY") ?? true
    tls.caFile = given.caFile ?? reader.text("SPOOR_CA_FILE")
    tls.clientCertificate = given.clientCertificate ?? reader.text("SPOOR_CLIENT_CERTIFICATE")
    tls.clientKey = given.clientKey ?? reader.text("SPOOR_CLIENT_KEY")
    tls.clientKeyPassword = given.clientKeyPassword ?? reader.text("SPOOR_CLIENT_KEY_PASSWORD")
    return tls
  }

  private static func shipper(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> ShipperSettings {
    var settings = ShipperSettings()
    let bytes = 1_000...50_000_000
    if let given = given.batchBytes, !bytes.contains(given) {
      throw ConfigurationError(setting: "batchBytes", value: "\(given)", expected: "from 1000 to 50000000 bytes")
    }
    if let given = given.batchAge, given < .zero || given > .seconds(3600) {
      throw ConfigurationError(setting: "batchAge", value: "\(given)", expected: "from 0 to 1 hour")
    }
    if let bytes = try given.batchBytes ?? reader.integer("SPOOR_BATCH_BYTES", in: bytes) {
      settings.batchBytes = bytes
    }
    if let age = try given.batchAge ?? reader.milliseconds("OTEL_BSP_SCHEDULE_DELAY", in: 0...3_600_000) {
      settings.batchAge = age
    }
    if let given = given.openSpanAge, given < .zero {
      throw ConfigurationError(setting: "openSpanAge", value: "\(given)", expected: "0 for never, or a positive time")
    }
    if let age = try given.openSpanAge ?? reader.milliseconds("SPOOR_OPEN_SPAN_AGE", in: 0...86_400_000) {
      settings.openSpanAge = age == .zero ? nil : age
    }
    return settings
  }

  private static func propagator(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> TracePropagator {
    TracePropagator(
      formats: try given.propagators ?? formats(&reader) ?? TracePropagator().formats,
      baggageKeys: given.baggageKeys ?? reader.list("SPOOR_BAGGAGE_KEYS").map(Set.init),
      trustedPeers: try given.trustedPeers ?? trustedPeers(&reader) ?? .all,
      writesTraceState: try given.writesTraceState ?? reader.flag("SPOOR_TRACESTATE") ?? true)
  }

  private static func formats(_ reader: inout EnvironmentReader) throws -> [PropagationFormat]? {
    guard let names = reader.list("OTEL_PROPAGATORS") else { return nil }
    if names == ["none"] { return [] }
    let formats = names.compactMap { PropagationFormat(rawValue: $0) }
    if formats.count == names.count { return formats }
    let known = PropagationFormat.allCases.map(\.rawValue).joined(separator: ", ")
    try reader.refuse(
      ConfigurationError(
        setting: "OTEL_PROPAGATORS", value: names.joined(separator: ","), expected: "some of \(known), or none"))
    return nil
  }

  private static func trustedPeers(_ reader: inout EnvironmentReader) throws -> TrustedPeers? {
    try reader.value("SPOOR_TRUSTED_PEERS", expected: "all, none, or addresses and ranges like 10.0.0.0/8 with commas")
    {
      text in
      if text == "all" { return .all }
      if text == "none" { return TrustedPeers.none }
      let parts = text.split(separator: ",")
      let ranges = parts.compactMap { AddressRange(String($0).trimmedSpaces) }
      return ranges.count == parts.count ? .addresses(ranges) : nil
    }
  }

  private static func keep(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> KeepRules {
    if let keep = given.keep { return keep }
    return KeepRules(
      failed: try reader.flag("SPOOR_KEEP_FAILED") ?? false,
      slowerThan: try reader.milliseconds("SPOOR_KEEP_SLOWER_THAN"))
  }

  private static func limits(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> SpanLimits {
    if let limits = given.limits { return limits }
    var limits = SpanLimits()
    let count = 0...1_000_000
    if let value = try reader.integer("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", in: count) { limits.attributes = value }
    if let value = try reader.integer("OTEL_SPAN_EVENT_COUNT_LIMIT", in: count) { limits.events = value }
    if let value = try reader.integer("OTEL_SPAN_LINK_COUNT_LIMIT", in: count) { limits.links = value }
    if let value = try reader.integer("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", in: count) {
      limits.attributesPerEvent = value
    }
    if let value = try reader.integer("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", in: 0...60_000) {
      limits.valueBytes = value
    }
    return limits
  }

  private static func stacks(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> StackCapture.Options {
    if let stacks = given.stacks { return stacks }
    var options = StackCapture.Options()
    let mode: StackCapture.Mode? = try reader.value("SPOOR_STACKS", expected: "one of active_span, always, off") {
      text in
      switch text.lowercased() {
      case "active_span": .activeSpan
      case "always": .always
      case "off": .off
      default: nil
      }
    }
    if let mode { options.mode = mode }
    if let onePer = try reader.integer("SPOOR_STACKS_ONE_PER", in: 1...1_000_000) { options.onePer = onePer }
    return options
  }

  private static func breadcrumbs(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> Int {
    let range = 0...100
    if let count = given.breadcrumbs, !range.contains(count) {
      throw ConfigurationError(setting: "breadcrumbs", value: "\(count)", expected: "a whole number from 0 to 100")
    }
    return try given.breadcrumbs ?? reader.integer("SPOOR_BREADCRUMBS", in: range) ?? 10
  }

  private static func journal(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> JournalLayout {
    let range = JournalLayout.minimumBytes...JournalLayout.maximumBytes
    let bytes = try given.journalBytes ?? reader.integer("SPOOR_JOURNAL_BYTES", in: range) ?? 64 << 20
    do throws(JournalError) {
      return try JournalLayout(totalBytes: bytes)
    } catch {
      throw ConfigurationError(
        setting: "journalBytes", value: "\(bytes)",
        expected: "from \(range.lowerBound) to \(range.upperBound) bytes")
    }
  }

  private static func timestampDigits(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> Int {
    if let digits = given.logTimestampDigits {
      guard [3, 6, 9].contains(digits) else {
        throw ConfigurationError(setting: "logTimestampDigits", value: "\(digits)", expected: "3, 6 or 9")
      }
      return digits
    }
    return try reader.value("SPOOR_LOG_TIMESTAMP_DIGITS", expected: "3, 6 or 9") { text in
      Int(text).flatMap { [3, 6, 9].contains($0) ? $0 : nil }
    } ?? 3
  }

  private static func isDisabled(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> Bool {
    if let isDisabled = given.isDisabled { return isDisabled }
    let exporter: Bool? = try reader.value("OTEL_TRACES_EXPORTER", expected: "zipkin or none") { text in
      switch text {
      case "zipkin": true
      case "none": false
      default: nil
      }
    }
    return try reader.flag("OTEL_SDK_DISABLED") ?? false || exporter == false
  }

  /// Settings of OpenTelemetry's that mean something elsewhere and nothing here.
  private static func complainAboutUnsupported(_ reader: inout EnvironmentReader) throws {
    for (name, instead) in [
      ("OTEL_BSP_MAX_QUEUE_SIZE", "SPOOR_JOURNAL_BYTES: spans wait in the journal, not in a queue"),
      ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "SPOOR_BATCH_BYTES: batches are cut by bytes"),
      ("OTEL_BSP_EXPORT_TIMEOUT", "OTEL_EXPORTER_ZIPKIN_TIMEOUT"),
    ] {
      if let value = reader.text(name) {
        try reader.refuse(ConfigurationError(setting: name, value: value, expected: instead))
      }
    }
  }
}
