extension Settings {
  static let sending = [
    endpoint, endpoints, encoding, requestTimeout, connectTimeout, batchBytes, batchAge, openSpanAge, compression,
    headers, proxy, tlsVerify, caFile, clientCertificate, clientKey, clientKeyPassword,
  ]

  private static let url = "an http or https URL"

  static let endpoint = Setting(
    nil, "OTEL_EXPORTER_ZIPKIN_ENDPOINT", .text(url, nonsense: "not a url"),
    default: "`http://localhost:9411/api/v2/spans`", "Where spans are posted.")
  static let endpoints = Setting(
    "endpoints", "SPOOR_ENDPOINTS",
    .text("an http or https URL, or several with commas", nonsense: "ftp://example.org/"),
    default: "the one above", "Where spans are posted: the first that answers.")
  static let encoding = Setting(
    "encoding", "SPOOR_ENCODING", .choice(SpoorConfiguration.Encoding.names), default: "`json`",
    "The format of what is posted: Zipkin's JSON v2 or proto3.")
  static let requestTimeout = Setting(
    "requestTimeout", "OTEL_EXPORTER_ZIPKIN_TIMEOUT", .milliseconds(upToAnHour), default: "10000",
    "For a whole request.")
  static let connectTimeout = Setting(
    "connectTimeout", "SPOOR_CONNECT_TIMEOUT", .milliseconds(upToAnHour), default: "3000",
    "Until a connection stands, TLS included.")
  static let batchBytes = Setting(
    "batchBytes", "SPOOR_BATCH_BYTES", .integer(1_000...50_000_000, unit: "bytes"), default: "500000",
    "Bodies are sent at this size, before compression.")
  static let batchAge = Setting(
    "batchAge", "OTEL_BSP_SCHEDULE_DELAY", .milliseconds(0...3_600_000), default: "1000",
    "A finished span waits at most so long for company.")
  static let openSpanAge = Setting(
    "openSpanAge", "SPOOR_OPEN_SPAN_AGE", .milliseconds(0...86_400_000), default: "600000",
    "A span that is open for longer is reported once as it is so far; 0 for never.")
  static let compression = Setting(
    "compression", "SPOOR_COMPRESSION", .choice(SpoorConfiguration.Compression.names), default: "`auto`",
    "gzip; `auto`: not towards this machine.")
  static let headers = Setting(
    "headers", "SPOOR_HEADERS", .pairs, default: "none", isSecret: true, "Sent with every request; never shown.")
  static let proxy = Setting(
    "proxy", "SPOOR_PROXY",
    .text("a URL of one of the schemes http, https, socks4, socks4a, socks5, socks5h, or none", nonsense: "gopher://x"),
    default: "as `http_proxy` and its kin say", "The proxy on the way to the collector.")
  static let tlsVerify = Setting(
    "tls.verifiesPeer", "SPOOR_TLS_VERIFY", .flag, default: "1", "Whether the collector must prove who it is.")
  static let caFile = Setting(
    "tls.caFile", "SPOOR_CA_FILE", .text("a readable file", nonsense: "/nowhere/ca.pem"), default: "the system's",
    "Whom to trust, PEM.")
  static let clientCertificate = Setting(
    "tls.clientCertificate", "SPOOR_CLIENT_CERTIFICATE", .text("a readable file", nonsense: "/nowhere/cert.pem"),
    default: "none", "Who we are, PEM.")
  static let clientKey = Setting(
    "tls.clientKey", "SPOOR_CLIENT_KEY", .text("a readable file", nonsense: "/nowhere/key.pem"), default: "none",
    "The key of the client's certificate, PEM.")
  static let clientKeyPassword = Setting(
    "tls.clientKeyPassword", "SPOOR_CLIENT_KEY_PASSWORD", .text("any text", nonsense: nil), default: "none",
    isSecret: true, "Of the client's key; never shown.")
}

extension CaseIterable where Self: RawRepresentable<String> {
  /// What the cases are called.
  static var names: [String] { allCases.map(\.rawValue) }
}
