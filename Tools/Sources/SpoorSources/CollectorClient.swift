// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Synchronization

#if canImport(FoundationNetworking)
  internal import FoundationNetworking
#endif

/// Reads traces from a collector: Spoor's, or any other with Zipkin's API (then without logs).
package struct CollectorClient: Sendable {
  package let base: String
  /// The token of a collector that asks for one.
  private let token: String?
  /// The time limit of a request in seconds.
  private let timeout: Double

  /// - Parameter token: sent as `Authorization: Bearer`, but only over HTTPS or to this machine, because others could
  ///   read it on the way.
  package init(base: String, token: String? = nil, timeout: Double = 30) {
    self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    self.token = token
    self.timeout = timeout
  }

  /// A trace with its logs; `nil` if the collector has no trace with that id.
  package func trace(_ id: String) async throws -> TraceDocument? {
    let path = id.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    for prefix in ["/api/spoor/trace/", "/api/v2/trace/"] {
      let (status, data) = try await get(prefix + path)
      guard status == 200 else { continue }
      var document = TraceDocument()
      try document.take(data, from: base)
      return document
    }
    return nil
  }

  /// Twenty years in milliseconds, because replayed or imported traces are older than any default.
  static let everything: Int64 = 630_720_000_000

  /// The spans of recent traces.
  package func recent(_ query: String = "") async throws -> TraceDocument {
    let (status, data) = try await get("/api/v2/traces?limit=1000&lookback=\(Self.everything)\(query)")
    guard status == 200 else {
      throw TraceDocument.Failure(description: "\(base): responded \(status) to a query for traces")
    }
    var document = TraceDocument()
    try document.take(data, from: base)
    return document
  }

  func get(_ path: String) async throws -> (status: Int, data: Data) {
    guard let url = URL(string: base + path), url.scheme == "http" || url.scheme == "https" else {
      throw TraceDocument.Failure(
        description: "--collector must be an address such as http://127.0.0.1:9411, but is \(base)")
    }
    var request = URLRequest(url: url)
    request.timeoutInterval = timeout
    let isPrivate = url.scheme == "https" || Self.isThisMachine(url.host() ?? "")
    if let token, isPrivate { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
    let status: Int
    let data: Data
    let delegate = RequestDelegate()
    do {
      let response: URLResponse
      (data, response) = try await URLSession.shared.data(for: request, delegate: delegate)
      status = (response as? HTTPURLResponse)?.statusCode ?? 0
    } catch {
      if delegate.isUnauthorised { throw TraceDocument.Failure(description: unauthorised(isPrivate: isPrivate)) }
      throw TraceDocument.Failure(
        description: "\(base): no collector responds; start one with `spoor collect`, or name files")
    }
    if status == 401 { throw TraceDocument.Failure(description: unauthorised(isPrivate: isPrivate)) }
    return (status, data)
  }

  private func unauthorised(isPrivate: Bool) -> String {
    switch (token, isPrivate) {
    case (nil, _): "\(base): the collector needs a token; set SPOOR_COLLECT_TOKEN to it"
    case (_, true): "\(base): the collector refuses the token"
    case (_, false): "\(base): a token is only sent over https or to this machine, but the collector needs one"
    }
  }

  private static func isThisMachine(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host == "[::1]"
      || host.hasPrefix("127.") && !host.contains(where: \.isLetter)
  }
}

/// Follows redirects within one origin only, because the token follows as well, and ends a request that needs a token.
private final class RequestDelegate: NSObject, URLSessionTaskDelegate {
  private let wasRefused = Atomic(false)

  /// Whether the collector asked for a token or another one.
  var isUnauthorised: Bool { wasRefused.load(ordering: .acquiring) }

  // Without this, Foundation on Linux waits for a password until the request times out.
  func urlSession(
    _: URLSession, task _: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  ) {
    let isPassword = [NSURLAuthenticationMethodHTTPBasic, NSURLAuthenticationMethodHTTPDigest].contains(
      challenge.protectionSpace.authenticationMethod)
    if isPassword { wasRefused.store(true, ordering: .releasing) }
    completionHandler(isPassword ? .cancelAuthenticationChallenge : .performDefaultHandling, nil)
  }

  func urlSession(
    _: URLSession, task: URLSessionTask, willPerformHTTPRedirection _: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    let (from, to) = (task.originalRequest?.url, request.url)
    let isSame = from?.scheme == to?.scheme && from?.host() == to?.host() && from?.port == to?.port
    completionHandler(isSame ? request : nil)
  }
}
