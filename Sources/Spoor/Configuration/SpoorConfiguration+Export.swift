// SPDX-License-Identifier: Apache-2.0

extension SpoorConfiguration {
  /// How spans reach the collector.
  public struct Export: Sendable {
    /// Where spans go; to all of them, and none records no spans. `OTEL_TRACES_EXPORTER`. Default: `zipkin`.
    public var exporters: [SpanExporter]?
    /// The collector's URLs; the first that answers is used. `SPOOR_ENDPOINTS`, else `OTEL_EXPORTER_ZIPKIN_ENDPOINT`.
    /// Credentials in a URL never appear in logs or errors.
    public var endpoints: [String]?
    /// The format of a request body. `SPOOR_ENCODING`.
    public var encoding: Encoding?
    /// The time limit of one request. `OTEL_EXPORTER_ZIPKIN_TIMEOUT` (milliseconds).
    public var requestTimeout: Duration?
    /// The time limit of connecting, TLS included. `SPOOR_CONNECT_TIMEOUT` (milliseconds).
    public var connectTimeout: Duration?
    /// A request body is sent at this size, in bytes before compression. `SPOOR_BATCH_BYTES`.
    public var batchBytes: Int?
    /// The longest time that a finished span waits for its batch to fill. `OTEL_BSP_SCHEDULE_DELAY` (milliseconds).
    public var batchAge: Duration?
    /// When a span that is still open is reported without a duration. `SPOOR_OPEN_SPAN_AGE` (milliseconds).
    public var openSpans: OpenSpans?
    /// When request bodies are compressed with gzip. `SPOOR_COMPRESSION`.
    public var compression: Compression?
    /// HTTP headers of every request to a Zipkin collector; their values never appear in logs or errors. Merged with
    /// `SPOOR_HEADERS` by name; code wins.
    public var headers: [String: String] = [:]
    /// The proxy on the way to the collector. `SPOOR_PROXY`.
    public var proxy: Proxy?
    /// Certificates, and whether the collector's is verified.
    public var tls = TLS()

    /// How spans and log records are sent as OTLP.
    public var otlp = OTLP()

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// The format of a request body: one of Zipkin's.
  public enum Encoding: String, Sendable, CaseIterable {
    /// JSON, version 2.
    case json
    /// Protocol Buffers, proto3.
    case proto
  }

  /// When request bodies are compressed.
  public enum Compression: String, Sendable, CaseIterable {
    /// Unless the collector runs on this machine.
    case auto
    /// Always.
    case always
    /// Never.
    case never
  }

  /// When a span that is still open is reported. Its end completes the report.
  public enum OpenSpans: Sendable, Hashable {
    /// Open spans are never reported.
    case unreported
    /// A span is reported once when it has been open for this long, 1 ms to a day.
    case reported(after: Duration)
  }

  /// The proxy on the way to the collector.
  public enum Proxy: Sendable, Hashable {
    /// The proxy in `http_proxy`, `https_proxy` and `no_proxy`; none for a collector on this machine.
    case environment
    /// No proxy, whatever the environment says.
    case off
    /// This proxy, whatever `no_proxy` says: a URL with the scheme http, https, socks4, socks4a, socks5 or socks5h.
    case url(String)
  }

  /// Certificates, as paths of PEM files.
  public struct TLS: Sendable, Hashable {
    /// Whether the collector's certificate is verified. `SPOOR_TLS_VERIFY`.
    public var verifiesPeer: Bool?
    /// The trusted certificate authorities. `SPOOR_CA_FILE`, else the system's.
    public var caFile: String?
    /// The client's certificate. `SPOOR_CLIENT_CERTIFICATE`.
    public var clientCertificate: String?
    /// The client's private key. `SPOOR_CLIENT_KEY`.
    public var clientKey: String?
    /// The password of the client's private key; it never appears in logs or errors. `SPOOR_CLIENT_KEY_PASSWORD`.
    public var clientKeyPassword: String?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }
}
