// SPDX-License-Identifier: Apache-2.0

internal import Foundation

#if canImport(FoundationNetworking)
  internal import FoundationNetworking
#endif

/// Reads traces from a collector: Spoor's, or any other with Zipkin's API (then without logs).
package struct CollectorClient: Sendable {
  package let base: String
  /// The time limit of a request in seconds.
  private let timeout: Double

  package init(base: String, timeout: Double = 30) {
    self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
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
    do {
      let (data, response) = try await URLSession.shared.data(for: request)
      return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
    } catch {
      throw TraceDocument.Failure(
        description: "\(base): no collector responds; start one with `spoor collect`, or name files")
    }
  }
}
