import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Reads traces from a collector: Spoor's, or any that speaks Zipkin's API (without logs then).
struct CollectorClient {
  let base: String

  /// A trace with its logs; nil where the collector has none of that id.
  func trace(_ id: String) async throws -> TraceDocument? {
    let path = id.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    for prefix in ["/api/spoor/trace/", "/api/v2/trace/"] {
      let (status, data) = try await get(prefix + path)
      guard status == 200, let json = try? JSONSerialization.jsonObject(with: data) else { continue }
      var document = TraceDocument()
      try document.take(json, from: base)
      return document
    }
    return nil
  }

  /// The spans of recent traces.
  func recent(_ query: String = "") async throws -> TraceDocument {
    // Twenty years: Zipkin's default of a day would miss what was replayed or imported.
    let (status, data) = try await get("/api/v2/traces?limit=1000&lookback=630720000000\(query)")
    guard status == 200, let json = try? JSONSerialization.jsonObject(with: data) else {
      throw TraceDocument.Failure(description: "\(base): answered \(status) to a query for traces")
    }
    var document = TraceDocument()
    try document.take(json, from: base)
    return document
  }

  private func get(_ path: String) async throws -> (status: Int, data: Data) {
    guard let url = URL(string: base + path), url.scheme == "http" || url.scheme == "https" else {
      throw TraceDocument.Failure(description: "\(base): expected an address as http://127.0.0.1:9411")
    }
    var request = URLRequest(url: url)
    request.timeoutInterval = 30
    do {
      let (data, response) = try await URLSession.shared.data(for: request)
      return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
    } catch {
      throw TraceDocument.Failure(
        description: "\(base): no collector answers there; start one with `spoor collect`, or name files")
    }
  }
}
