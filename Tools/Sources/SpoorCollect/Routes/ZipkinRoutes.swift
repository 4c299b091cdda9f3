// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import SpoorModel

/// Zipkin's API, version 2, under `/api/v2` and `/zipkin/api/v2`.
struct ZipkinRoutes: Sendable {
  let store: TraceStore
  let intake: SpanIntake
  let configuration: CollectorConfiguration

  var endpoints: [Endpoint] {
    ["/api/v2", "/zipkin/api/v2"].flatMap(api) + [
      .post("/api/v1/spans", .spans) { _ in
        Answers.text("Zipkin v1 is not supported: send spans of version 2 to /api/v2/spans", status: .gone)
      },
      .get("/health") { _ in Answers.json(Array(#"{"status":"UP"}"#.utf8)) },
      .get("/info") { _ in Answers.json(Array(#"{"zipkin":{"version":"2"},"spoor":{"collector":true}}"#.utf8)) },
      .get("/config.json") { _ in Self.settings },
      .get("/zipkin/config.json") { _ in Self.settings },
      .get("/metrics") { _ in metrics() },
    ]
  }

  private static var settings: Response {
    Answers.json(Array(#"{"environment":"","queryLimit":10,"defaultLookback":900000,"searchEnabled":true}"#.utf8))
  }

  private func api(_ prefix: String) -> [Endpoint] {
    [
      .post("\(prefix)/spans", .spans) { request in
        let (body, share) = try await request.body()
        return try await take(body, isProto: BodyRules.isProto(request.headers), share: share)
      },
      .get("\(prefix)/services") { _ in Answers.names(try await store.services()) },
      .get("\(prefix)/spans") { request in
        Answers.names(try await store.spanNames(of: try request.required("serviceName")))
      },
      .get("\(prefix)/remoteServices") { request in
        Answers.names(try await store.remoteServices(of: try request.required("serviceName")))
      },
      .get("\(prefix)/traces") { request in try await traces(request) },
      .get("\(prefix)/trace/:id") { request in try await trace(request) },
      .get("\(prefix)/traceMany") { request in try await traceMany(request) },
      .get("\(prefix)/dependencies") { request in try await dependencies(request) },
      .get("\(prefix)/autocompleteKeys") { _ in Answers.names(try await store.tags(nil)) },
      .get("\(prefix)/autocompleteValues") { request in
        Answers.names(try await store.tags(try request.required("key")))
      },
    ]
  }

  /// 202, or 400 with the names of the spans that are not valid.
  private func take(_ body: [UInt8], isProto: Bool, share: BodyBudget.Share) async throws -> Response {
    let refused: Refused
    do {
      refused = try await intake.take(share: share) { try SpanListReader(body, isProto: isProto) }
    } catch let error as SpanError {
      return Answers.text(error.description, status: .badRequest)
    }
    guard refused.count > 0 else { return Response(status: .accepted) }
    return Answers.text("\(refused.text)\nAll other spans were stored", status: .badRequest)
  }

  private func traces(_ request: IncomingRequest) async throws -> Response {
    let filter: TraceFilter
    do throws(SpanError) {
      filter = try TraceQuery.filter(
        { request.parameters[$0] }, now: Int64(Date().timeIntervalSince1970 * 1000),
        maximumLimit: configuration.maximumLimit)
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    return Answers.json(try await store.json(filter))
  }

  private func trace(_ request: IncomingRequest) async throws -> Response {
    let id: ZipkinTraceID
    do throws(SpanError) {
      id = try ZipkinTraceID(request.pathValue.trimmingCharacters(in: .whitespaces))
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    guard let found = try await store.json(of: id) else { return Answers.text("\(id) not found", status: .notFound) }
    var response = Answers.json(found.json)
    if found.isCut, let name = HTTPField.Name("Spoor-Incomplete") {
      response.headers[name] = "the trace is too large to be merged whole; /api/spoor/trace/\(id) has all of it"
    }
    return response
  }

  private func traceMany(_ request: IncomingRequest) async throws -> Response {
    var ids: [ZipkinTraceID] = []
    do throws(SpanError) {
      for part in (request.parameters["traceIds"] ?? "").split(separator: ",").prefix(configuration.maximumLimit) {
        ids.append(try ZipkinTraceID(part.trimmingCharacters(in: .whitespaces)))
      }
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    guard ids.count >= 2 else {
      return Answers.text("traceIds parameter must contain at least two trace IDs", status: .badRequest)
    }
    guard Set(ids).count == ids.count else {
      return Answers.text("traceIds parameter must not contain duplicates", status: .badRequest)
    }
    return Answers.json(try await store.json(of: ids))
  }

  private func dependencies(_ request: IncomingRequest) async throws -> Response {
    guard let end = request.parameters["endTs"].flatMap({ Int64($0) }), end > 0 else {
      throw HTTPError(.badRequest, message: "endTs is required: milliseconds since 1970, positive")
    }
    let lookback = request.parameters["lookback"].map { Int64($0) ?? 0 } ?? 86_400_000
    guard lookback > 0 else { throw HTTPError(.badRequest, message: "lookback should be positive, in milliseconds") }
    let (json, sample) = try await store.serviceMap(in: TraceQuery.window(end: end, lookback: lookback)) { map in
      (Self.json(map.links.links), map.isSample ? map.spans : nil)
    }
    var response = Answers.json(json)
    if let sample, let name = HTTPField.Name("Spoor-Sample") {
      response.headers[name] = "the newest \(sample) spans of the range"
    }
    return response
  }

  private static func json(_ links: [DependencyLinks.Link]) -> [UInt8] {
    var writer = JSONWriter()
    writer.array { writer in
      for link in links {
        writer.object { writer in
          writer.key("parent")
          writer.string(link.parent)
          writer.key("child")
          writer.string(link.child)
          writer.key("callCount")
          writer.number(link.callCount)
          if link.errorCount > 0 {
            writer.key("errorCount")
            writer.number(link.errorCount)
          }
        }
      }
    }
    return writer.bytes
  }

  private func metrics() -> Response {
    let counts = store.currentCounts
    return Answers.text(
      """
      # TYPE spoor_collector_spans_total counter
      spoor_collector_spans_total \(counts.spansTaken)
      # TYPE spoor_collector_traces_evicted_total counter
      spoor_collector_traces_evicted_total \(counts.tracesEvicted)
      # TYPE spoor_collector_traces gauge
      spoor_collector_traces \(counts.traces)
      # TYPE spoor_collector_spans gauge
      spoor_collector_spans \(counts.spans)
      # TYPE spoor_collector_logs gauge
      spoor_collector_logs \(counts.logs)
      # TYPE spoor_collector_spans_evicted_total counter
      spoor_collector_spans_evicted_total \(counts.spansEvicted)
      # TYPE spoor_collector_spans_refused_total counter
      spoor_collector_spans_refused_total \(counts.spansRefused)
      # TYPE spoor_collector_logs_total counter
      spoor_collector_logs_total \(counts.logsTaken)
      # TYPE spoor_collector_logs_without_trace_total counter
      spoor_collector_logs_without_trace_total \(counts.logsWithoutTrace)
      # TYPE spoor_collector_lines_refused_total counter
      spoor_collector_lines_refused_total \(counts.linesRefused)
      # TYPE spoor_collector_bytes gauge
      spoor_collector_bytes \(counts.bytes)
      # TYPE spoor_collector_rows_damaged_total counter
      spoor_collector_rows_damaged_total \(counts.rowsDamaged)

      """)
  }
}
