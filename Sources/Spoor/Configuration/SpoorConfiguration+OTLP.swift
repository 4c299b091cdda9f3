// SPDX-License-Identifier: Apache-2.0

extension SpoorConfiguration {
  /// Where spans go.
  public enum SpanExporter: String, Sendable, CaseIterable {
    /// To a Zipkin-compatible collector, as ``SpoorConfiguration/Export`` has it.
    case zipkin
    /// To a receiver of OTLP over HTTP, as ``SpoorConfiguration/OTLP`` has it.
    case otlp
  }

  /// Where log records go.
  public enum LogExporter: String, Sendable, CaseIterable {
    /// To the destinations of ``SpoorConfiguration/Logging``, standard output by default.
    case console
    /// To a receiver of OTLP over HTTP, as ``SpoorConfiguration/OTLP`` has it.
    case otlp
  }

  /// How spans and log records are sent to receivers of OTLP over HTTP: the settings of both signals, and what a signal
  /// has of its own.
  ///
  /// The proxy, the time limit of connecting and whether the receiver's certificate is verified are those of
  /// ``SpoorConfiguration/Export``. Requests have at most 64 MiB.
  public struct OTLP: Sendable {
    /// The receiver's URL, to which `v1/traces` and `v1/logs` are appended. `OTEL_EXPORTER_OTLP_ENDPOINT`. Default:
    /// `http://localhost:4318`.
    public var endpoint: String?
    /// The settings of both signals. Its `endpoint` has no effect.
    public var both = Signal()
    /// The settings of spans that differ.
    public var traces = Signal()
    /// The settings of log records that differ.
    public var logs = Signal()

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }
}

extension SpoorConfiguration.OTLP {
  /// The settings of one signal. The variables of spans and of log records have `TRACES_` and `LOGS_` after
  /// `OTEL_EXPORTER_OTLP_`.
  public struct Signal: Sendable {
    /// The URL of the requests, which is used as it is. `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`,
    /// `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`. Credentials in a URL never appear in logs or errors.
    public var endpoint: String?
    /// The form of a request body. `OTEL_EXPORTER_OTLP_PROTOCOL`. Default: `protobuf`.
    public var encoding: Encoding?
    /// HTTP headers of every request; their values never appear in logs or errors. Merged with
    /// `OTEL_EXPORTER_OTLP_HEADERS` by name; code wins.
    public var headers: [String: String] = [:]
    /// When request bodies are compressed with gzip. `OTEL_EXPORTER_OTLP_COMPRESSION` (`gzip`, `none`). Default:
    /// unless the receiver runs on this machine.
    public var compression: SpoorConfiguration.Compression?
    /// The time limit of one request. `OTEL_EXPORTER_OTLP_TIMEOUT` (milliseconds). Default: 10 s.
    public var requestTimeout: Duration?
    /// The trusted certificate authorities, a PEM file. `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    public var caFile: String?
    /// The client's certificate, a PEM file. `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`.
    public var clientCertificate: String?
    /// The client's private key, a PEM file. `OTEL_EXPORTER_OTLP_CLIENT_KEY`.
    public var clientKey: String?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// The form of a request body. There is no gRPC.
  public enum Encoding: String, Sendable, CaseIterable {
    /// Protocol Buffers.
    case protobuf = "http/protobuf"
    /// JSON.
    case json = "http/json"
  }
}
