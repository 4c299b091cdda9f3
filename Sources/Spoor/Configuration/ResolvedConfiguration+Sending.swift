internal import SpoorExport

extension ResolvedConfiguration {
  static func curl(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> CurlSettings {
    var curl = CurlSettings(endpoints: try endpoints(given, &reader))
    if let timeout = try reader.duration(Settings.requestTimeout, given.requestTimeout) { curl.timeout = timeout }
    if let timeout = try reader.duration(Settings.connectTimeout, given.connectTimeout) {
      curl.connectTimeout = timeout
    }
    switch try reader.choice(Settings.compression, given.compression) {
    case .always: curl.compression = .always
    case .never: curl.compression = .never
    case .auto, nil: break
    }
    if let headers = given.headers {
      curl.headers = headers.sorted { $0.key < $1.key }.map { CurlSettings.Header($0.key, $0.value) }
    } else if let headers = try reader.pairs(Settings.headers) {
      curl.headers = headers.map { CurlSettings.Header($0.key, $0.value) }
    }
    if let proxy = given.proxy ?? reader.text(Settings.proxy) { curl.proxy = proxy == "none" ? .none : .url(proxy) }
    curl.tls = try tls(given.tls, &reader)
    do throws(InvalidSenderSetting) {
      try curl.validate()
    } catch {
      throw ConfigurationError(setting: error.setting, value: error.value, expected: error.expected)
    }
    return curl
  }

  /// A URL that is none cannot be replaced by a default: the spans would go somewhere else.
  private static func endpoints(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> [CollectorEndpoint] {
    let several = reader.list(Settings.endpoints)
    let one = reader.text(Settings.endpoint)
    let (setting, texts) =
      if let endpoints = given.endpoints {
        ("endpoints", endpoints)
      } else if let several {
        ("SPOOR_ENDPOINTS", several)
      } else {
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", [one ?? "http://localhost:9411/api/v2/spans"])
      }
    return try texts.map { text in
      do throws(InvalidSenderSetting) {
        return try CollectorEndpoint(text)
      } catch {
        throw ConfigurationError(setting: setting, value: error.value, expected: error.expected)
      }
    }
  }

  private static func tls(
    _ given: SpoorConfiguration.TLS, _ reader: inout EnvironmentReader
  ) throws -> CurlSettings.TLS {
    var tls = CurlSettings.TLS()
    tls.verifiesPeer = try reader.flag(Settings.tlsVerify, given.verifiesPeer) ?? true
    tls.caFile = given.caFile ?? reader.text(Settings.caFile)
    tls.clientCertificate = given.clientCertificate ?? reader.text(Settings.clientCertificate)
    tls.clientKey = given.clientKey ?? reader.text(Settings.clientKey)
    tls.clientKeyPassword = given.clientKeyPassword ?? reader.text(Settings.clientKeyPassword)
    return tls
  }

  static func shipper(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> ShipperSettings {
    var settings = ShipperSettings()
    if let bytes = try reader.integer(Settings.batchBytes, given.batchBytes) { settings.batchBytes = bytes }
    if let age = try reader.duration(Settings.batchAge, given.batchAge) { settings.batchAge = age }
    if let age = try reader.duration(Settings.openSpanAge, given.openSpanAge) {
      settings.openSpanAge = age == .zero ? nil : age
    }
    return settings
  }
}
