// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// The origin of a request: a program, the collector's own page, or a page of another origin that uses its visitor's
/// browser to reach a collector on the visitor's machine.
struct Provenance: Sendable {
  /// Whether only this machine can reach the collector.
  let isLoopback: Bool
  /// Names other than this machine's, in lower case, without a port.
  let allowedHosts: Set<String>
  /// The origins whose pages may send records; `*` for all.
  let corsOrigins: Set<String>

  init(_ configuration: CollectorConfiguration) {
    isLoopback = configuration.isLoopback
    allowedHosts = Set(configuration.allowedHosts.map { $0.lowercased() })
    corsOrigins = Set(configuration.corsOrigins.map { $0.lowercased() })
  }

  /// The origin of a page that may send records, as `Access-Control-Allow-Origin` repeats it.
  func sender(_ head: HTTPRequest) -> String? {
    guard let origin = head.headerFields[.origin] else { return nil }
    return corsOrigins.contains("*") || corsOrigins.contains(origin.lowercased()) ? origin : nil
  }

  /// - Throws: `HTTPError` with 400 without a `Host`, 421 for a name that is not this machine's (DNS rebinding), 403
  ///   for a request from a page of another origin.
  func check(_ head: HTTPRequest, _ access: Endpoint.Access) throws {
    guard let authority = head.authority, !authority.isEmpty else {
      throw HTTPError(.badRequest, message: "Host is required")
    }
    if isLoopback || !allowedHosts.isEmpty, !Self.isLoopback(authority), !isAllowed(authority) {
      throw HTTPError(
        .misdirectedRequest,
        message: "Host must be localhost, 127.0.0.1 or a name of --allow-host, but is \(authority.prefix(80))")
    }
    if access == .send, sender(head) != nil { return }
    if let origin = head.headerFields[.origin], !Self.isSame(origin, authority), !isOfAllowedHost(origin) {
      throw Self.foreign
    }
    // Browsers send this header to local servers with every request, including images and scripts.
    guard let site = Self.secFetchSite.flatMap({ head.headerFields[$0] }) else { return }
    let isLink =
      access == .link && (head.method == .get || head.method == .head)
      && Self.secFetchMode.flatMap({ head.headerFields[$0] }) == "navigate"
      && Self.secFetchDest.flatMap({ head.headerFields[$0] }) == "document"
    guard site == "same-origin" || site == "none" || isLink else { throw Self.foreign }
  }

  private func isAllowed(_ authority: String) -> Bool {
    guard let colon = authority.lastIndex(of: ":") else { return allowedHosts.contains(authority.lowercased()) }
    return authority[colon...].dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
      && allowedHosts.contains(authority[..<colon].lowercased())
  }

  /// Whether an origin is a name of `--allow-host`: a reverse proxy may pass on the name without its port.
  private func isOfAllowedHost(_ origin: String) -> Bool {
    let origin = origin.lowercased()
    guard let scheme = ["https://", "http://"].first(where: origin.hasPrefix) else { return false }
    return isAllowed(String(origin.dropFirst(scheme.count)))
  }

  private static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")
  private static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode")
  private static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest")

  private static var foreign: HTTPError {
    HTTPError(.forbidden, message: "This collector takes requests of programs and of its own page, not of other pages")
  }

  /// Whether an origin (`http://host:port`) equals the host that the request names.
  private static func isSame(_ origin: String, _ authority: String) -> Bool {
    let origin = origin.lowercased()
    let authority = authority.lowercased()
    for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
      let host = String(origin.dropFirst(scheme.count))
      return host == authority || host + port == authority || host == authority + port
    }
    return false
  }

  /// Whether a host, with or without a port, is this machine, by a name that no DNS server can redirect.
  static func isLoopback(_ authority: String) -> Bool {
    let host: Substring
    let rest: Substring
    if authority.hasPrefix("[") {
      host = authority.dropFirst().prefix { $0 != "]" }
      rest = authority.dropFirst(host.count + 2)
    } else {
      host = authority.prefix { $0 != ":" }
      rest = authority.dropFirst(host.count)
    }
    guard rest.isEmpty || rest.first == ":" && rest.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return false
    }
    if host.lowercased() == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
