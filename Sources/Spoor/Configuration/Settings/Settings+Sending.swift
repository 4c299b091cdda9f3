// SPDX-License-Identifier: Apache-2.0

internal import SpoorExport

extension Settings {
  static let sending: [any SettingDescription] = [
    spanExporters, endpoint, endpoints, encoding, requestTimeout, connectTimeout, batchBytes, batchAge, openSpanAge,
    compression,
    headers, proxy, tlsVerify, caFile, clientCertificate, clientKey, clientKeyPassword,
  ]

  static let spanExporters = Setting<[SpoorConfiguration.SpanExporter]>.words(
    "export.exporters", "OTEL_TRACES_EXPORTER", default: [.zipkin],
    "Where spans go; to all of them. `none`: no spans are recorded; Spoor only logs.")
  static let endpoint = Setting<CollectorEndpoint>.text(
    nil, "OTEL_EXPORTER_ZIPKIN_ENDPOINT", "an http or https URL", nonsense: "not a url",
    default: "`http://localhost:9411/api/v2/spans`", visibility: .withoutCredentials, "The collector's URL.",
    read: collector)
  static let endpoints = Setting<[CollectorEndpoint]>.list(
    "export.endpoints", "SPOOR_ENDPOINTS", "an http or https URL, or several with commas",
    nonsense: "ftp://example.org/", allowsNone: false, default: "the one above",
    visibility: .withoutCredentials, "The collector's URLs; the first that answers is used.", collector)
  static let encoding = Setting<SpoorConfiguration.Encoding>.choice(
    "export.encoding", "SPOOR_ENCODING", default: .json, "The format of a request body: Zipkin's JSON v2 or proto3.")
  static let requestTimeout = Setting<Duration>.milliseconds(
    "export.requestTimeout", "OTEL_EXPORTER_ZIPKIN_TIMEOUT", upToAnHour, default: 10_000,
    "The time limit of one request.")
  static let connectTimeout = Setting<Duration>.milliseconds(
    "export.connectTimeout", "SPOOR_CONNECT_TIMEOUT", upToAnHour, default: 3000,
    "The time limit of connecting, TLS included.")
  static let batchBytes = Setting<Int>.integer(
    "export.batchBytes", "SPOOR_BATCH_BYTES", 1_000...50_000_000, unit: "bytes", default: 500_000,
    "A request body is sent at this size, before compression.")
  static let batchAge = Setting<Duration>.milliseconds(
    "export.batchAge", "OTEL_BSP_SCHEDULE_DELAY", 0...3_600_000, default: 1000,
    "The longest time that a finished span waits for its batch to fill.")
  static let openSpanAge = Setting<SpoorConfiguration.OpenSpans>.text(
    "export.openSpans", "SPOOR_OPEN_SPAN_AGE", "milliseconds from 1 to 86400000, or none (or 0) for never",
    nonsense: "86400001", default: "600000",
    "A span that has been open for this long is reported once without a duration; its end completes the report. "
      + "As OTLP a log record reports it."
  ) { text in
    if text.isNothing || text == "0" { return .unreported }
    return Int(text).map { .reported(after: .milliseconds($0)) }
  }.accepting { spans in
    if case .reported(let age) = spans { (.milliseconds(1) ... .seconds(86_400)).contains(age) } else { true }
  }.standard(.reported(after: .seconds(600)))
  static let compression = Setting<SpoorConfiguration.Compression>.choice(
    "export.compression", "SPOOR_COMPRESSION", default: .auto,
    "When request bodies are compressed with gzip; `auto`: unless the collector runs on this machine.")
  static let headers = Setting<[Pair]>.pairs(
    "export.headers", "SPOOR_HEADERS", visibility: .nothing,
    "HTTP headers of every request to a Zipkin collector, merged with those in code by name; their values never appear in logs."
  )
  static let proxy = Setting<SpoorConfiguration.Proxy>.text(
    "export.proxy", "SPOOR_PROXY", "a URL with the scheme http, https, socks4, socks4a, socks5 or socks5h, or none",
    nonsense: "gopher://x", default: "from `http_proxy`, `https_proxy` and `no_proxy`",
    visibility: .withoutCredentials,
    "The proxy on the way to the collector. A proxy that is set here is used whatever `no_proxy` says."
  ) { $0.isNothing ? .off : .url($0) }.showing { if case .url(let url) = $0 { url } else { "\($0)" } }
  static let tlsVerify = Setting<Bool>.flag(
    "export.tls.verifiesPeer", "SPOOR_TLS_VERIFY", default: true, "Whether the collector's certificate is verified.")
  static let caFile = file(
    "export.tls.caFile", "SPOOR_CA_FILE", nonsense: "/nowhere/ca.pem", default: "the system's",
    "The trusted certificate authorities, PEM.")
  static let clientCertificate = file(
    "export.tls.clientCertificate", "SPOOR_CLIENT_CERTIFICATE", nonsense: "/nowhere/cert.pem", default: "none",
    "The client's certificate, PEM.")
  static let clientKey = file(
    "export.tls.clientKey", "SPOOR_CLIENT_KEY", nonsense: "/nowhere/key.pem", default: "none",
    "The client's private key, PEM.")
  static let clientKeyPassword = Setting<String>.text(
    "export.tls.clientKeyPassword", "SPOOR_CLIENT_KEY_PASSWORD", "any text", nonsense: nil, default: "none",
    visibility: .nothing, "The password of the client's private key; it never appears in logs."
  ) { $0 }

  /// The sender checks files: it is what reads them.
  private static func file(
    _ property: String, _ variable: String, nonsense: String, default text: String, _ summary: String
  ) -> Setting<String> {
    .text(property, variable, "a readable file", nonsense: nonsense, default: text, summary) { $0 }
  }

  @Sendable private static func collector(_ text: String) -> CollectorEndpoint? { try? CollectorEndpoint(text) }
}
