import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SpoorModel

/// Zipkin's API, version 2 (ZIPKIN.md), under `/api/v2` and `/zipkin/api/v2`.
struct ZipkinRoutes: Sendable {
  let store: TraceStore
  let bodies: BodyReader
  let configuration: CollectorConfiguration

  func add(to router: Router<BasicRequestContext>) {
    for prefix in ["/api/v2", "/zipkin/api/v2"] { addAPI(to: router.group(RouterPath(prefix))) }
    router.post("/api/v1/spans") { _, _ in
      Answers.text("Zipkin v1 is not supported: expected spans of version 2 at /api/v2/spans", status: .gone)
    }
    router.get("/health") { _, _ in Answers.json(Array(#"{"status":"UP"}"#.utf8)) }
    router.get("/info") { _, _ in Answers.json(Array(#"{"zipkin":{"version":"2"},"spoor":{"collector":true}}"#.utf8)) }
    for path in ["/config.json", "/zipkin/config.json"] {
      router.get(RouterPath(path)) { _, _ in
        Answers.json(
          Array(#"{"environment":"","queryLimit":10,"defaultLookback":900000,"searchEnabled":true}"#.utf8))
      }
    }
    router.get("/metrics") { _, _ in metrics() }
  }

  private func addAPI(to group: RouterGroup<BasicRequestContext>) {
    group.post("/spans") { request, _ in try await take(request) }
    group.get("/services") { _, _ in Answers.names(try await store.services()) }
    group.get("/spans") { request, _ in
      Answers.names(try await store.spanNames(of: try required(request, "serviceName")))
    }
    group.get("/remoteServices") { request, _ in
      Answers.names(try await store.remoteServices(of: try required(request, "serviceName")))
    }
    group.get("/traces") { request, _ in try await traces(request) }
    group.get("/trace/:id") { _, context in try await trace(context) }
    group.get("/traceMany") { request, _ in try await traceMany(request) }
    group.get("/dependencies") { request, _ in try await dependencies(request) }
    group.get("/autocompleteKeys") { _, _ in Answers.names(try await store.tags(nil)) }
    group.get("/autocompleteValues") { request, _ in
      Answers.names(try await store.tags(try required(request, "key")))
    }
  }

  // MARK: Taking spans

  private func take(_ request: Request) async throws -> Response {
    try await bodies.read(request) { body in
      let spans: [ZipkinSpan]
      do throws(SpanError) {
        let type = request.headers[.contentType] ?? ""
        spans =
          type.hasPrefix("application/x-protobuf")
          ? try ZipkinProtoDecoder.spans(body) : try ZipkinJSONDecoder.spans(body)
      } catch {
        return Answers.text(error.description, status: .badRequest)
      }
      return try await Answers.afterStoring { try await store.add(spans) } ?? Response(status: .accepted)
    }
  }

  // MARK: Answering queries

  private func required(_ request: Request, _ name: String) throws -> String {
    guard let value = QueryParameters(request)[name], !value.isEmpty else {
      throw HTTPError(.badRequest, message: "\(name) is required")
    }
    return value
  }

  private func traces(_ request: Request) async throws -> Response {
    let parameters = QueryParameters(request)
    let filter: TraceFilter
    do throws(SpanError) {
      filter = try TraceQuery.filter(
        { parameters[$0] }, now: Int64(Date().timeIntervalSince1970 * 1000),
        maximumLimit: configuration.maximumLimit)
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    return Answers.traces(try await store.traces(filter).map(TraceMerge.merged))
  }

  private func trace(_ context: BasicRequestContext) async throws -> Response {
    let id: ZipkinTraceID
    do throws(SpanError) {
      id = try ZipkinTraceID((context.parameters.get("id") ?? "").trimmingCharacters(in: .whitespaces))
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    guard let spans = try await store.spans(of: id) else { return Answers.text("\(id) not found", status: .notFound) }
    return Answers.json(ZipkinJSONEncoder.bytes(TraceMerge.merged(spans)))
  }

  private func traceMany(_ request: Request) async throws -> Response {
    let text = QueryParameters(request)["traceIds"] ?? ""
    var ids: [ZipkinTraceID] = []
    do throws(SpanError) {
      for part in text.split(separator: ",").prefix(configuration.maximumLimit) {
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
    var traces: [[ZipkinSpan]] = []
    for id in ids { if let spans = try await store.spans(of: id) { traces.append(TraceMerge.merged(spans)) } }
    return Answers.traces(traces)
  }

  private func dependencies(_ request: Request) async throws -> Response {
    let parameters = QueryParameters(request)
    guard let end = parameters["endTs"].flatMap({ Int64($0) }), end > 0 else {
      throw HTTPError(.badRequest, message: "endTs is required: milliseconds since 1970, positive")
    }
    let lookback = parameters["lookback"].map { Int64($0) ?? 0 } ?? 86_400_000
    guard lookback > 0 else { throw HTTPError(.badRequest, message: "lookback should be positive, in milliseconds") }
    let links = try await store.reduceTrees(
      in: TraceQuery.window(end: end, lookback: lookback), into: DependencyLinks()
    ) { $0.add($1) }
    var writer = JSONWriter()
    writer.array { writer in
      for link in links.links {
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
    return Answers.json(writer.bytes)
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
      # TYPE spoor_collector_bytes gauge
      spoor_collector_bytes \(counts.bytes)

      """)
  }
}
