// SPDX-License-Identifier: Apache-2.0

/// The configuration of a collector: its address and its limits.
public struct CollectorConfiguration: Sendable, Hashable {
  /// The address to listen on. On any address but loopback, ``tls`` and ``token`` are required.
  public var host: String
  /// The port; 0 for any that is free.
  public var port: Int
  /// A second port, which takes OTLP's spans and log records only; 0 for any that is free, `nil` for none. The first
  /// port takes them as well.
  public var otlpPort: Int?
  /// The SQLite file that holds spans and logs, made if missing, or a directory for it; `nil` for a private temporary
  /// file that is deleted when the process ends.
  public var storage: String?
  /// The maximum size of spans and logs in the file, in bytes. Above it the oldest traces are evicted as a whole.
  /// Default 1 GiB, at least 1 MiB.
  public var maximumBytes: Int
  /// The maximum size of one request body in bytes, compressed and uncompressed. Default 32 MiB each.
  public var maximumBodyBytes: Int
  /// Bytes of one body of OTLP, and of what it unpacks to. Default 64 MiB each.
  public var maximumOTLPBodyBytes = 64 << 20
  /// Bytes of all requests' bodies at the same time, unpacked and read; beyond it 429. One request alone may take
  /// more. Default 48 MiB.
  public var maximumBytesInFlight = 48 << 20
  /// The maximum total of records that wait to be written, in bytes; further requests get 429. Default 32 MiB.
  public var maximumWaitingBytes = 32 << 20
  /// The maximum total of responses that clients have not yet received, in bytes; further requests get 503. Default 48
  /// MiB.
  public var maximumAnswerBytes = 48 << 20
  /// The time limit of a query, including waiting; then it gets 503. Default 30 seconds.
  public var queryTimeout: Duration = .seconds(30)
  /// The maximum number of traces of one query. Default 1 000.
  public var maximumLimit: Int
  /// The maximum number of connections; one more closes the one that has been idle longest. Default 2 000.
  public var maximumConnections = 2000
  /// The time limit for receiving a request, and for a client to receive the next part of a response. Default 30
  /// seconds.
  public var requestTimeout: Duration = .seconds(30)
  /// Files of JSON log records to follow, across rotation.
  public var logFiles: [String] = []
  /// The path before all of the collector's own, if a reverse proxy forwards it: `/traces-ui`. Requests without it are
  /// answered as well, for proxies that remove it.
  public var basePath = ""
  /// Names other than this machine's under which it is reached, without a port: those of a reverse proxy.
  public var allowedHosts: [String] = []
  /// The origins (`https://shop.example`) of which pages may send spans and log records, or `*` for all. They can read
  /// nothing.
  public var corsOrigins: [String] = []
  /// The certificate and key with which it serves HTTPS instead of HTTP; `nil` for HTTP.
  public var tls: TLSFiles?
  /// The token that every request must have: `Authorization: Bearer TOKEN`, or the password of HTTP's basic
  /// authentication with any user; `nil` for none.
  public var token: String?

  /// The files of a TLS server, in PEM.
  public struct TLSFiles: Sendable, Hashable {
    /// The certificate, followed by its intermediate ones.
    public var certificate: String
    /// The private key.
    public var key: String

    /// Names the files, which are read when the collector starts.
    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// Loopback, Zipkin's port, 1 GiB.
  public init(
    host: String = "127.0.0.1", port: Int = 9411, maximumBytes: Int = 1 << 30, storage: String? = nil,
    maximumBodyBytes: Int = 32 << 20,
    maximumLimit: Int = 1000
  ) {
    self.host = host
    self.port = port
    self.maximumBytes = maximumBytes
    self.storage = storage
    self.maximumBodyBytes = maximumBodyBytes
    self.maximumLimit = maximumLimit
  }

  /// Whether only this machine can reach it.
  public var isLoopback: Bool { Provenance.isLoopback(host.contains(":") ? "[\(host)]" : host) }

  /// Checks what cannot be served.
  /// - Throws: ``ListeningError`` that names the option, what it must be and what it is.
  public func validate() throws(ListeningError) {
    if !isLoopback, tls == nil || token == nil {
      let missing = (tls == nil ? ["--tls-certificate and --tls-key"] : []) + (token == nil ? ["--token"] : [])
      throw ListeningError(
        """
        --listen must be an address of this machine alone, such as 127.0.0.1, but is \(host): everyone who can reach \
        that address could read every span and log line. To listen there, add \(missing.joined(separator: " and ")); \
        or keep 127.0.0.1 behind a reverse proxy with --allow-host
        """)
    }
    if let token, token.utf8.count < 16 || !token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
      throw ListeningError("--token must have at least 16 printable ASCII characters, but has \(token.utf8.count)")
    }
    if !basePath.isEmpty, !basePath.hasPrefix("/") || basePath.contains(where: { "?#%\\ ".contains($0) }) {
      throw ListeningError("--base-path must be a path such as /traces-ui, but is \(basePath)")
    }
    for host in allowedHosts where host.isEmpty || host.contains(where: { "/:@ ".contains($0) }) {
      throw ListeningError("--allow-host must be a name without a port, such as traces.example.com, but is \(host)")
    }
    for origin in corsOrigins where origin != "*" && !Self.isOrigin(origin) {
      throw ListeningError("--cors-origin must be an origin such as https://shop.example, or *, but is \(origin)")
    }
  }

  private static func isOrigin(_ text: String) -> Bool {
    guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return false }
    let host = text.dropFirst(scheme.count)
    return !host.isEmpty && !host.contains { "/?#@ ".contains($0) }
  }
}
