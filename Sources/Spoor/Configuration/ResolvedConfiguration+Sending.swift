// SPDX-License-Identifier: Apache-2.0

internal import SpoorExport

extension ResolvedConfiguration {
  static func curl(
    _ given: SpoorConfiguration.Export, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> CurlSettings {
    var curl = CurlSettings(endpoints: try endpoints(given, &reader))
    curl.timeout = try reader.value(Settings.requestTimeout, given.requestTimeout)
    curl.connectTimeout = try reader.value(Settings.connectTimeout, given.connectTimeout)
    curl.compression =
      switch try reader.value(Settings.compression, given.compression) {
      case .auto: .automatic
      case .always: .always
      case .never: .never
      }
    let headers = given.headers.map { Pair(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    curl.headers = try reader.merged(Settings.headers, headers) { $0.key.lowercased() }
      .map { CurlSettings.Header($0.key, $0.value) }
    curl.proxy =
      switch try reader.value(Settings.proxy, given.proxy) {
      case .environment, nil: .environment
      case .off: .off
      case .url(let url): .url(url)
      }
    curl.tls.verifiesPeer = try reader.value(Settings.tlsVerify, given.tls.verifiesPeer)
    curl.tls.caFile = try reader.value(Settings.caFile, given.tls.caFile)
    curl.tls.clientCertificate = try reader.value(Settings.clientCertificate, given.tls.clientCertificate)
    curl.tls.clientKey = try reader.value(Settings.clientKey, given.tls.clientKey)
    curl.tls.clientKeyPassword = try reader.value(Settings.clientKeyPassword, given.tls.clientKeyPassword)
    do throws(InvalidSenderSetting) {
      try curl.validate()
    } catch {
      throw ConfigurationError(setting: name(of: error, given), value: error.value, expected: error.expected)
    }
    return curl
  }

  /// The name of the setting behind one of the sender's own setting names.
  private static func name(of error: InvalidSenderSetting, _ given: SpoorConfiguration.Export) -> String {
    let (row, isGiven): (SettingRow, Bool) =
      switch error.setting {
      case "connectTimeout": (Settings.connectTimeout.row, given.connectTimeout != nil)
      case "timeout": (Settings.requestTimeout.row, given.requestTimeout != nil)
      case "headers":
        // A header with an invalid name: names the setting that it came from.
        (Settings.headers.row, given.headers.keys.contains { error.value == $0 || error.value.hasPrefix("\($0): ") })
      case "proxy": (Settings.proxy.row, given.proxy != nil)
      case "tls.caFile": (Settings.caFile.row, given.tls.caFile != nil)
      case "tls.clientCertificate": (Settings.clientCertificate.row, given.tls.clientCertificate != nil)
      case "tls.clientKey": (Settings.clientKey.row, given.tls.clientKey != nil)
      case "tls.clientKeyPassword": (Settings.clientKeyPassword.row, given.tls.clientKeyPassword != nil)
      default: (Settings.endpoints.row, given.endpoints != nil)
      }
    return row.name(isGiven: isGiven)
  }

  private static func endpoints(
    _ given: SpoorConfiguration.Export, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> [CollectorEndpoint] {
    var parsed: [CollectorEndpoint]?
    if let texts = given.endpoints {
      parsed = []
      for text in texts {
        guard let endpoint = try? CollectorEndpoint(text) else {
          let row = Settings.endpoints.row
          throw ConfigurationError(
            setting: row.name(isGiven: true), value: row.shown(text), expected: row.expected)
        }
        parsed?.append(endpoint)
      }
    }
    // Both variables are read, so that an invalid one is reported even if the other is used.
    let one = try reader.variable(Settings.endpoint)
    if let several = try reader.value(Settings.endpoints, parsed) { return several }
    if let one { return [one] }
    return [try standardEndpoint()]
  }

  private static func standardEndpoint() throws(ConfigurationError) -> CollectorEndpoint {
    let url = "http://localhost:9411/api/v2/spans"
    do throws(InvalidSenderSetting) {
      return try CollectorEndpoint(url)
    } catch {
      throw ConfigurationError(setting: "export.endpoints", value: url, expected: error.expected)
    }
  }

  static func shipper(
    _ given: SpoorConfiguration.Export, idleInterval: Duration?, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> ShipperSettings {
    var settings = ShipperSettings()
    settings.batchBytes = try reader.value(Settings.batchBytes, given.batchBytes)
    settings.batchAge = try reader.value(Settings.batchAge, given.batchAge)
    let idleInterval = try reader.value(Settings.idleInterval, idleInterval)
    settings.idleInterval = idleInterval == .zero ? nil : idleInterval
    settings.openSpanAge =
      switch try reader.value(Settings.openSpanAge, given.openSpans) {
      case .unreported: nil
      case .reported(let age): age
      }
    return settings
  }
}
