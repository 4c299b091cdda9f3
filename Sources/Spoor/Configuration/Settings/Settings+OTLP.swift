// SPDX-License-Identifier: Apache-2.0

internal import SpoorExport

/// The settings of OTLP: those of both signals, and those of each.
///
/// The names and rules of the variables are OpenTelemetry's, "OpenTelemetry Protocol Exporter".
package struct OTLPSettings: Sendable {
  /// The rows of one signal.
  struct Signal: Sendable {
    /// Nil for both signals together.
    let endpoint: Setting<CollectorEndpoint>?
    let encoding: Setting<SpoorConfiguration.OTLP.Encoding>
    let headers: Setting<[Pair]>
    let compression: Setting<SpoorConfiguration.Compression>
    let requestTimeout: Setting<Duration>
    let caFile: Setting<String>
    let clientCertificate: Setting<String>
    let clientKey: Setting<String>

    /// - Parameters:
    ///   - property: the name of the signal in code.
    ///   - prefix: what follows `OTEL_EXPORTER_OTLP_`.
    ///   - path: the path of its default URL; nil for both signals together.
    ///   - isOwn: whether the defaults are those of both signals.
    init(_ property: String, _ prefix: String, path: String?) {
      let property = "export.otlp.\(property)."
      let variable = "OTEL_EXPORTER_OTLP_\(prefix)"
      func standard(_ text: String) -> String { path == nil ? text : "as for both signals" }
      endpoint = path.map { path in
        .text(
          property + "endpoint", variable + "ENDPOINT", "an http or https URL", nonsense: "not a url",
          default: "the one above with `/\(path)`", visibility: .withoutCredentials,
          "The receiver's URL, used as it is.", read: { try? CollectorEndpoint($0) })
      }
      encoding = .choice(
        property + "encoding", variable + "PROTOCOL", ["http/protobuf": .protobuf, "http/json": .json],
        default: standard("`http/protobuf`"), "The form of a request body. gRPC is not supported.")
      headers = .pairs(
        property + "headers", variable + "HEADERS", visibility: .nothing,
        "HTTP headers of every request, merged with those in code by name; their values never appear in logs.")
      compression = .choice(
        property + "compression", variable + "COMPRESSION", ["gzip": .always, "none": .never],
        default: standard("`gzip`, unless the receiver runs on this machine"), "How request bodies are compressed.")
      requestTimeout = .milliseconds(
        property + "requestTimeout", variable + "TIMEOUT", Settings.upToAnHour, default: standard("10000"),
        "The time limit of one request.")
      func file(_ name: String, _ suffix: String, _ nonsense: String, _ text: String, _ summary: String)
        -> Setting<String>
      {
        .text(
          property + name, variable + suffix, "a readable file", nonsense: "/nowhere/\(nonsense).pem",
          default: standard(text), summary
        ) { $0 }
      }
      caFile = file("caFile", "CERTIFICATE", "ca", "the system's", "The trusted certificate authorities, PEM.")
      clientCertificate = file(
        "clientCertificate", "CLIENT_CERTIFICATE", "cert", "none", "The client's certificate, PEM.")
      clientKey = file("clientKey", "CLIENT_KEY", "key", "none", "The client's private key, PEM.")
    }

    var settings: [any SettingDescription] {
      (endpoint.map { [$0] } ?? [])
        + [encoding, headers, compression, requestTimeout, caFile, clientCertificate, clientKey]
    }
  }

  let endpoint = Setting<CollectorEndpoint>.text(
    "export.otlp.endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", "an http or https URL", nonsense: "not a url",
    default: "`http://localhost:4318`", visibility: .withoutCredentials,
    "The receiver's URL, to which `/v1/traces` and `/v1/logs` are appended.", read: { try? CollectorEndpoint($0) })
  let both = Signal("both", "", path: nil)
  let traces = Signal("traces", "TRACES_", path: "v1/traces")
  let logs = Signal("logs", "LOGS_", path: "v1/logs")
  /// A property that has no effect, because the URL of both signals is ``endpoint``.
  let bothEndpoint = DescribedSetting.code(
    "export.otlp.both.endpoint", "String", default: "none", "No effect: the URL of both signals is in the first row.")

  var settings: [any SettingDescription] {
    [endpoint, bothEndpoint] + both.settings + traces.settings + logs.settings
  }
}

extension Settings {
  static let otlp = OTLPSettings()
}
