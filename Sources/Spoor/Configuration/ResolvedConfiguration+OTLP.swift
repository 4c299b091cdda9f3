// SPDX-License-Identifier: Apache-2.0

package import SpoorExport

/// How spans and log records are sent as OTLP.
package struct ResolvedOTLP: Sendable {
  package struct Signal: Sendable {
    package var curl: CurlSettings
    package var encoding: SpoorConfiguration.OTLP.Encoding
  }
  package var traces: Signal
  package var logs: Signal
}

extension ResolvedConfiguration {
  /// - Parameter zipkin: the settings that OTLP shares with Zipkin's collectors.
  static func otlp(
    _ given: SpoorConfiguration.Export, _ reader: inout SettingReader, sharing zipkin: CurlSettings
  ) throws(ConfigurationError) -> ResolvedOTLP {
    let rows = Settings.otlp
    let base = try reader.value(rows.endpoint, endpoint(given.otlp.endpoint, rows.endpoint))
    let both = try SignalValues(given.otlp.both, rows.both, &reader)
    let traces = try SignalValues(given.otlp.traces, rows.traces, &reader)
    let logs = try SignalValues(given.otlp.logs, rows.logs, &reader)
    return ResolvedOTLP(
      traces: try signal(traces, both, base, "v1/traces", zipkin, rows.traces, rows.both),
      logs: try signal(logs, both, base, "v1/logs", zipkin, rows.logs, rows.both))
  }

  /// The values of one signal, from code and the environment.
  private struct SignalValues {
    let endpoint: CollectorEndpoint?
    let encoding: SpoorConfiguration.OTLP.Encoding?
    let headers: [Pair]
    let compression: SpoorConfiguration.Compression?
    let requestTimeout: Duration?
    let caFile: String?
    let clientCertificate: String?
    let clientKey: String?
    let given: SpoorConfiguration.OTLP.Signal

    init(
      _ given: SpoorConfiguration.OTLP.Signal, _ rows: OTLPSettings.Signal, _ reader: inout SettingReader
    ) throws(ConfigurationError) {
      self.given = given
      if let row = rows.endpoint {
        endpoint = try reader.value(row, ResolvedConfiguration.endpoint(given.endpoint, row))
      } else {
        endpoint = nil
      }
      encoding = try reader.value(rows.encoding, given.encoding)
      let pairs = given.headers.map { Pair(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
      headers = try reader.merged(rows.headers, pairs) { $0.key.lowercased() }
      compression = try reader.value(rows.compression, given.compression)
      requestTimeout = try reader.value(rows.requestTimeout, given.requestTimeout)
      caFile = try reader.value(rows.caFile, given.caFile)
      clientCertificate = try reader.value(rows.clientCertificate, given.clientCertificate)
      clientKey = try reader.value(rows.clientKey, given.clientKey)
    }
  }

  fileprivate static func endpoint(
    _ text: String?, _ row: Setting<CollectorEndpoint>
  ) throws(ConfigurationError) -> CollectorEndpoint? {
    guard let text else { return nil }
    guard let endpoint = try? CollectorEndpoint(text) else {
      throw ConfigurationError(
        setting: row.row.name(isGiven: true), value: row.row.shown(text), expected: row.row.expected)
    }
    return endpoint
  }

  private static func signal(
    _ own: SignalValues, _ both: SignalValues, _ base: CollectorEndpoint?, _ path: String, _ zipkin: CurlSettings,
    _ rows: OTLPSettings.Signal, _ shared: OTLPSettings.Signal
  ) throws(ConfigurationError) -> ResolvedOTLP.Signal {
    let url = "http://localhost:4318"
    let endpoint: CollectorEndpoint
    do throws(InvalidSenderSetting) {
      if let own = own.endpoint {
        endpoint = own
      } else if let base {
        endpoint = try base.appending(path: path)
      } else {
        endpoint = try CollectorEndpoint(url).appending(path: path)
      }
    } catch {
      throw ConfigurationError(setting: "export.otlp.endpoint", value: url, expected: error.expected)
    }
    var curl = CurlSettings(endpoints: [endpoint])
    curl.timeout = own.requestTimeout ?? both.requestTimeout ?? .seconds(10)
    curl.connectTimeout = zipkin.connectTimeout
    curl.proxy = zipkin.proxy
    curl.tls.verifiesPeer = zipkin.tls.verifiesPeer
    curl.compression =
      switch own.compression ?? both.compression ?? .auto {
      case .auto: .automatic
      case .always: .always
      case .never: .never
      }
    let names = Set(own.headers.map { $0.key.lowercased() })
    curl.headers = (both.headers.filter { !names.contains($0.key.lowercased()) } + own.headers)
      .map { CurlSettings.Header($0.key, $0.value) }
    curl.tls.caFile = own.caFile ?? both.caFile ?? zipkin.tls.caFile
    curl.tls.clientCertificate = own.clientCertificate ?? both.clientCertificate
    curl.tls.clientKey = own.clientKey ?? both.clientKey
    // "the body limit of a response": OTLP's answers are larger than Zipkin's, and are read.
    curl.maximumAnswerBytes = 4 << 20
    do throws(InvalidSenderSetting) {
      try curl.validate()
    } catch {
      throw ConfigurationError(
        setting: name(of: error, own, both, rows, shared), value: error.value, expected: error.expected)
    }
    return ResolvedOTLP.Signal(curl: curl, encoding: own.encoding ?? both.encoding ?? .protobuf)
  }

  /// The name that was used for what the sender calls by its own: the signal's if it is set there.
  private static func name(
    of error: InvalidSenderSetting, _ own: SignalValues, _ both: SignalValues, _ rows: OTLPSettings.Signal,
    _ shared: OTLPSettings.Signal
  ) -> String {
    func name(
      _ isOwn: Bool, _ row: (OTLPSettings.Signal) -> SettingRow, _ isGiven: (SpoorConfiguration.OTLP.Signal) -> Bool
    )
      -> String
    {
      row(isOwn ? rows : shared).name(isGiven: isGiven(isOwn ? own.given : both.given))
    }
    switch error.setting {
    case "timeout": return name(own.requestTimeout != nil, \.requestTimeout.row) { $0.requestTimeout != nil }
    case "tls.caFile": return name(own.caFile != nil, \.caFile.row) { $0.caFile != nil }
    case "tls.clientCertificate":
      return name(own.clientCertificate != nil, \.clientCertificate.row) { $0.clientCertificate != nil }
    case "tls.clientKey": return name(own.clientKey != nil, \.clientKey.row) { $0.clientKey != nil }
    case "headers":
      let isOwn = own.headers.contains { error.value == $0.key || error.value.hasPrefix("\($0.key): ") }
      return name(isOwn, \.headers.row) { signal in
        signal.headers.keys.contains { error.value == $0 || error.value.hasPrefix("\($0): ") }
      }
    default: return Settings.otlp.endpoint.row.name(isGiven: false)
    }
  }
}
