// SPDX-License-Identifier: Apache-2.0

import CLibcurl
import SpoorBase

/// The URL to which spans are posted: http or https, parsed and checked by libcurl.
package struct CollectorEndpoint: Sendable, Hashable, CustomStringConvertible {
  /// The URL for libcurl. It may contain credentials; never log it.
  let url: String
  /// The URL for messages: scheme, host, port and path. Credentials are omitted, a query is shown as `?…`.
  package let description: String
  /// Whether the host is this machine, by its name or address.
  package let isLoopback: Bool
  /// The secrets that must not appear in any text.
  let secrets: [String]

  /// - Throws: ``InvalidSenderSetting`` if the text is not an http or https URL with a host.
  package init(_ text: String) throws(InvalidSenderSetting) {
    guard let parts = URLParts(text), parts.scheme == "http" || parts.scheme == "https", !parts.host.isEmpty else {
      throw InvalidSenderSetting(
        setting: "endpoints", value: URLParts.withoutCredentials(text),
        expected: "an http or https URL, as http://localhost:9411/api/v2/spans")
    }
    url = text
    let port = parts.port.map { ":" + $0 } ?? ""
    description = "\(parts.scheme)://\(parts.host)\(port)\(parts.path)\(parts.query == nil ? "" : "?…")"
    isLoopback = Self.isLoopback(parts.host)
    secrets = parts.credentials + (parts.query.map { [$0] } ?? [])
  }

  /// The URL with a path appended to its own; a query stays where it is.
  package func appending(path: String) throws(InvalidSenderSetting) -> CollectorEndpoint {
    let end = url.firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex
    let start = url[..<end]
    return try CollectorEndpoint(start + (start.hasSuffix("/") ? "" : "/") + path + url[end...])
  }

  private static func isLoopback(_ host: String) -> Bool {
    let host = host.lowercased()
    if host == "localhost" || host.hasSuffix(".localhost") { return true }
    return switch Text.with(host, { IPAddress($0) }) {
    case .v4(let address): address >> 24 == 127
    case .v6(let high, let low): high == 0 && low == 1
    case nil: false
    }
  }
}

/// The parts of a URL by libcurl's parser, so that the host is the one that libcurl connects to.
package struct URLParts {
  let scheme: String
  let host: String
  let port: String?
  let path: String
  let query: String?
  /// User and password, if there are any: as written, decoded, and in the form of HTTP's Basic scheme.
  let credentials: [String]

  /// `nil` if the text is not a URL, or contains a control character or a space.
  init?(_ text: String) {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
    // libcurl takes the path of `http:///path` for a host.
    guard !text.drop(while: { $0 != ":" }).hasPrefix(":///") else { return nil }
    guard let handle = unsafe curl_url() else { return nil }
    defer { unsafe curl_url_cleanup(handle) }
    guard unsafe curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK else {
      return nil
    }
    func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard unsafe curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text = unsafe text else {
        return nil
      }
      defer { unsafe curl_free(text) }
      return unsafe String(cString: text)
    }
    scheme = part(CURLUPART_SCHEME) ?? ""
    host = part(CURLUPART_HOST) ?? ""
    port = part(CURLUPART_PORT)
    path = part(CURLUPART_PATH) ?? "/"
    query = part(CURLUPART_QUERY)
    var credentials: [String] = []
    if let user = part(CURLUPART_USER), let decodedUser = part(CURLUPART_USER, CURLU_URLDECODE) {
      let password = part(CURLUPART_PASSWORD) ?? ""
      let decodedPassword = part(CURLUPART_PASSWORD, CURLU_URLDECODE) ?? ""
      credentials = [
        Base64.encode("\(decodedUser):\(decodedPassword)"), password, decodedPassword, user, decodedUser,
      ]
    }
    self.credentials = credentials
  }

  /// The part of a possible URL that may be shown: nothing before an `@` and nothing after a `?`.
  package static func withoutCredentials(_ text: String) -> String {
    var shown = text[...]
    if let query = shown.firstIndex(of: "?") { shown = shown[..<query] }
    if let at = shown.lastIndex(of: "@") { return "…" + shown[at...] }
    return String(shown)
  }
}

enum Base64 {
  /// Base64 of RFC 4648, with padding.
  static func encode(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let bytes = Array(text.utf8)
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for digit in 0..<4 {
        output.append(digit <= group.count ? alphabet[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
