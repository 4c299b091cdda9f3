#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How the sender talks to collectors. ``CurlSender`` checks them before it takes them.
package struct CurlSettings: Sendable {
  /// In the order of preference, at least one.
  package var endpoints: [CollectorEndpoint]
  /// Until a connection stands, TLS included. Default 3 s.
  package var connectTimeout: Duration = .seconds(3)
  /// For a whole request. Default 10 s, as `OTEL_EXPORTER_ZIPKIN_TIMEOUT`.
  package var timeout: Duration = .seconds(10)
  package var compression: Compression = .automatic
  package var tls = TLS()
  package var proxy: Proxy = .environment
  /// Sent with every request, and never shown.
  package var headers: [Header] = []
  /// How long a name's addresses are remembered. Default 60 s; 0 asks each time a connection is made.
  package var dnsCacheTimeout: Duration = .seconds(60)
  /// A connection older than this is not used again, so that a name that moved is noticed. Default 5 min.
  package var connectionLifetime: Duration = .seconds(300)
  /// Of an answer's body; the rest of a longer one is not read. Default 64 KiB.
  package var maximumAnswerBytes = 64 * 1024

  package init(endpoints: [CollectorEndpoint]) { self.endpoints = endpoints }

  /// When bodies are compressed: zlib costs the sender about 1.6 µs a span.
  package enum Compression: Sendable, Hashable {
    /// Not towards this machine.
    case automatic
    case always
    case never
  }

  package enum Proxy: Sendable, Hashable {
    /// `http_proxy`, `https_proxy`, `no_proxy` as libcurl reads them; none towards this machine.
    case environment
    case none
    /// A URL, with credentials where the proxy wants any.
    case url(String)
  }

  package struct Header: Sendable, Hashable {
    package var name: String
    package var value: String
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Paths are of PEM files; nil is the system's default.
  package struct TLS: Sendable, Hashable {
    /// Whether the collector must prove who it is. Without it anybody can read the spans.
    package var verifiesPeer = true
    package var caFile: String?
    package var caDirectory: String?
    package var clientCertificate: String?
    package var clientKey: String?
    package var clientKeyPassword: String?
    package init() {}
  }
}

extension CurlSettings {
  /// - Throws: ``InvalidSenderSetting`` for the first setting that makes no sense.
  package func validate() throws(InvalidSenderSetting) {
    guard !endpoints.isEmpty else {
      throw InvalidSenderSetting(setting: "endpoints", value: "", expected: "at least one URL")
    }
    try Self.check("connectTimeout", connectTimeout, .milliseconds(1) ... .seconds(3600), "1 ms to 1 h")
    try Self.check("timeout", timeout, .milliseconds(1) ... .seconds(3600), "1 ms to 1 h")
    try Self.check("dnsCacheTimeout", dnsCacheTimeout, .zero ... .seconds(86_400), "0 to 1 day")
    try Self.check("connectionLifetime", connectionLifetime, .seconds(1) ... .seconds(86_400), "1 s to 1 day")
    guard maximumAnswerBytes > 0 else {
      throw InvalidSenderSetting(
        setting: "maximumAnswerBytes", value: String(maximumAnswerBytes), expected: "at least 1")
    }
    try checkProxy()
    for header in headers { try Self.check(header) }
    try Self.checkFile("tls.caFile", tls.caFile, isDirectory: false)
    try Self.checkFile("tls.caDirectory", tls.caDirectory, isDirectory: true)
    try Self.checkFile("tls.clientCertificate", tls.clientCertificate, isDirectory: false)
    try Self.checkFile("tls.clientKey", tls.clientKey, isDirectory: false)
    if let password = tls.clientKeyPassword, password.utf8.contains(0) {
      throw InvalidSenderSetting(setting: "tls.clientKeyPassword", value: "…", expected: "a text without zeros")
    }
  }

  private static func check(
    _ setting: String, _ value: Duration, _ range: ClosedRange<Duration>, _ expected: String
  ) throws(InvalidSenderSetting) {
    guard range.contains(value) else {
      throw InvalidSenderSetting(setting: setting, value: "\(value)", expected: expected)
    }
  }

  private func checkProxy() throws(InvalidSenderSetting) {
    guard case .url(let text) = proxy else { return }
    let schemes: Set<String> = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
    guard let parts = URLParts(text), schemes.contains(parts.scheme), !parts.host.isEmpty else {
      throw InvalidSenderSetting(
        setting: "proxy", value: URLParts.withoutCredentials(text),
        expected: "a URL of one of the schemes \(schemes.sorted().joined(separator: ", "))")
    }
  }

  /// What the sender says itself must not be said twice, and a line end in a header would be another header.
  private static let ownHeaders: Set<String> = [
    "b3", "content-type", "content-length", "content-encoding", "transfer-encoding", "expect", "connection",
  ]

  private static func check(_ header: Header) throws(InvalidSenderSetting) {
    let marks = Set("!#$%&'*+-.^_`|~".utf8)
    let isToken = header.name.utf8.allSatisfy {
      switch $0 {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: marks.contains($0)
      }
    }
    guard !header.name.isEmpty, isToken else {
      throw InvalidSenderSetting(
        setting: "headers", value: header.name, expected: "names of letters, digits and !#$%&'*+-.^_`|~ (RFC 9110)")
    }
    guard !ownHeaders.contains(header.name.lowercased()) else {
      throw InvalidSenderSetting(
        setting: "headers", value: header.name, expected: "none of \(ownHeaders.sorted().joined(separator: ", "))")
    }
    guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
      throw InvalidSenderSetting(
        setting: "headers", value: "\(header.name): …", expected: "a value without control characters")
    }
  }

  private static func checkFile(
    _ setting: String, _ path: String?, isDirectory: Bool
  ) throws(InvalidSenderSetting) {
    guard let path else { return }
    var status = stat()
    let exists = unsafe stat(path, &status) == 0 && access(path, R_OK) == 0
    guard exists, (status.st_mode & S_IFMT == S_IFDIR) == isDirectory else {
      throw InvalidSenderSetting(
        setting: setting, value: path, expected: isDirectory ? "a readable directory" : "a readable file")
    }
  }
}
