// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// The headers of every response. They restrict the page to this server, and prevent other pages from embedding or
/// reading a response.
enum AnswerHeaders {
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static let fields: [(HTTPField.Name, String)] =
    [(.contentSecurityPolicy, policy), (.xContentTypeOptions, "nosniff"), (.cacheControl, "no-store")]
    + [
      ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"), ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Cross-Origin-Opener-Policy", "same-origin"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

  static func add(to response: inout Response) {
    for (name, value) in fields where response.headers[name] == nil { response.headers[name] = value }
  }

  /// Lets a page of another origin send records, and see whether they were taken.
  static func allow(_ origin: String, _ response: inout Response) {
    response.headers[.accessControlAllowOrigin] = origin
    response.headers[.accessControlAllowMethods] = "POST"
    response.headers[.accessControlAllowHeaders] = "content-type, content-encoding, authorization, b3, traceparent"
    response.headers[.accessControlMaxAge] = "600"
    response.headers[.vary] = "Origin"
    if let policy = HTTPField.Name("Cross-Origin-Resource-Policy") { response.headers[policy] = "cross-origin" }
  }
}
