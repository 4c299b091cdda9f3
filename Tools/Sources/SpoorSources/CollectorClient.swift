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
    let (status, data): (Int, Data)
    do {
      (status, data) = try await Exchange().response(to: request)
    } catch {
      let certificate = url.scheme == "https" ? ", or this system does not trust its certificate" : ""
      throw TraceDocument.Failure(
        description: "\(base): no collector responds\(certificate); start one with `spoor collect`, or name files")
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

/// One request and its response.
///
/// It follows redirects within one origin only, because the token follows as well. It has a session with a delegate of
/// its own, because Foundation on Linux otherwise repeats a request without end when the server asks for a password.
private final class Exchange: NSObject, URLSessionDataDelegate {
  private struct State {
    var status = 0
    var data = Data()
    var continuation: CheckedContinuation<(Int, Data), any Error>?
  }

  private let state = Mutex(State())

  func response(to request: URLRequest) async throws -> (Int, Data) {
    let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: nil)
    defer { session.invalidateAndCancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        state.withLock { $0.continuation = continuation }
        session.dataTask(with: request).resume()
      }
    } onCancel: {
      finish(URLError(.cancelled))
    }
  }

  /// Resumes the waiting task, once.
  private func finish(_ error: (any Error)?) {
    let (continuation, status, data) = state.withLock { state in
      defer { state.continuation = nil }
      return (state.continuation, state.status, state.data)
    }
    if let error { continuation?.resume(throwing: error) } else { continuation?.resume(returning: (status, data)) }
  }

  func urlSession(
    _: URLSession, dataTask _: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    state.withLock { $0.status = (response as? HTTPURLResponse)?.statusCode ?? 0 }
    completionHandler(.allow)
  }

  func urlSession(_: URLSession, dataTask _: URLSessionDataTask, didReceive data: Data) {
    state.withLock { $0.data.append(data) }
  }

  func urlSession(_: URLSession, task _: URLSessionTask, didCompleteWithError error: (any Error)?) { finish(error) }

  func urlSession(
    _: URLSession, task _: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  ) {
    let isPassword = [NSURLAuthenticationMethodHTTPBasic, NSURLAuthenticationMethodHTTPDigest].contains(
      challenge.protectionSpace.authenticationMethod)
    guard isPassword else { return completionHandler(.performDefaultHandling, nil) }
    state.withLock { $0.status = 401 }
    finish(nil)
    completionHandler(.cancelAuthenticationChallenge, nil)
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
