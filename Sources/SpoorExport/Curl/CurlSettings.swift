// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// The settings of the sender. ``CurlSender`` checks them first.
package struct CurlSettings: Sendable {
  /// The collectors in order of preference, at least one.
  package var endpoints: [CollectorEndpoint]
  /// The time limit for connecting, including TLS. Default 3 s.
  package var connectTimeout: Duration = .seconds(3)
  /// The time limit for a whole request. Default 10 s, as for `OTEL_EXPORTER_ZIPKIN_TIMEOUT`.
  package var timeout: Duration = .seconds(10)
  package var compression: Compression = .automatic
  package var tls = TLS()
  package var proxy: Proxy = .environment
  /// Headers that are sent with every request and never shown.
  package var headers: [Header] = []
  /// How long the addresses of a host name are cached. Default 60 s; 0 resolves the name for each connection.
  package var dnsCacheTimeout: Duration = .seconds(60)
  /// The maximum age of a connection that is reused, so that a changed address is noticed. Default 5 min.
  package var connectionLifetime: Duration = .seconds(300)
  /// The maximum size of a response body; the rest of a longer one is not read. Default 64 KiB.
  package var maximumAnswerBytes = 64 * 1024

  package init(endpoints: [CollectorEndpoint]) { self.endpoints = endpoints }

  /// When bodies are compressed: zlib costs the sender about 1.6 µs a span.
  package enum Compression: Sendable, Hashable {
    /// Compressed unless the collector runs on this machine.
    case automatic
    case always
    case never
  }

  package enum Proxy: Sendable, Hashable {
    /// The proxy from `http_proxy`, `https_proxy` and `no_proxy`; none if the collector runs on this machine.
    case environment
    /// No proxy, whatever the environment says.
    case off
    /// The proxy with this URL, which may contain credentials.
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

  /// Paths of PEM files; `nil` is the system's default.
  package struct TLS: Sendable, Hashable {
    /// Whether the collector's certificate is verified. Without verification an attacker can read the spans.
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
  /// - Throws: ``InvalidSenderSetting`` for the first invalid setting.
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

  /// Headers that the sender sets itself must not be set twice, and a line end in a header would start another header.
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
