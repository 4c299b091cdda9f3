// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import SpoorModel

extension CollectorClient {
  /// What to search for.
  package struct Search: Sendable {
    /// The text of the page's search: `service=orders error duration>200ms event=payment_timeout`.
    package var text = ""
    /// Microseconds since 1970.
    package var since: Int64?
    /// Microseconds since 1970.
    package var until: Int64?
    package var isSlowestFirst = false
    /// The number of traces; a collector may have a lower limit of its own.
    package var limit = 100
    /// How long the collector may read traces to see whether they match; `nil` for its own limits.
    package var patience: Duration?

    package init(_ text: String = "", limit: Int = 100) {
      self.text = text
      self.limit = limit
    }
  }

  /// The traces of a search.
  package struct Found: Sendable {
    package var traces: [TraceSummary] = []
    /// The number of traces that match, as far as the collector looked.
    package var count = 0
    /// Whether there are more.
    package var hasMore = false
    /// Whether the collector did not look at all traces.
    package var isPartial = false
  }

  private struct Response: Decodable {
    struct Trace: Decodable {
      let id, name: String
      let start, duration: Int64
      let spans, errors: Int
      let services: [String]
    }
    let traces: [Trace]
    let found: Int
    let more: Bool
  }

  /// The traces that match a search, the newest or the slowest first.
  ///
  /// - Throws: ``TraceDocument/Failure`` if the collector does not respond, refuses the search, or is another program.
  package func search(_ search: Search) async throws -> Found {
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    let end = search.until.map { $0 / 1000 } ?? now + 3_600_000
    let lookback = search.since.map { max(1, end - $0 / 1000) } ?? Self.everything
    let text = search.text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let order = search.isSlowestFirst ? "&order=slowest" : ""
    let within = search.patience.map { "&within=\(Int(max(1, $0 / .milliseconds(1))))" } ?? ""
    let (status, data) = try await get(
      "/api/spoor/search?q=\(text)&endTs=\(end)&lookback=\(lookback)&limit=\(search.limit)\(order)\(within)")
    if status == 400 {
      let reason = String(decoding: data.prefix(300), as: UTF8.self)
      throw TraceDocument.Failure(description: "the collector refuses the search: \(reason)")
    }
    guard status == 200, let response = try? JSONDecoder().decode(Response.self, from: data) else {
      throw TraceDocument.Failure(
        description: "the collector must be Spoor's, but \(base) responded \(status) to a search for traces")
    }
    let traces = response.traces.map { trace in
      var summary = TraceSummary(id: trace.id)
      summary.name = trace.name
      (summary.start, summary.end) = (trace.start, trace.start.addingClamped(trace.duration))
      summary.services = Set(trace.services)
      (summary.spans, summary.failures) = (trace.spans, trace.errors)
      return summary
    }
    return Found(
      traces: traces, count: response.found, hasMore: response.more || response.found > traces.count,
      isPartial: response.more)
  }

  /// The names of the services.
  package func services() async throws -> [String] {
    let (status, data) = try await get("/api/v2/services")
    guard status == 200, let names = try? JSONDecoder().decode([String].self, from: data) else {
      throw TraceDocument.Failure(description: "\(base): responded \(status) to a query for services")
    }
    return names
  }
}
