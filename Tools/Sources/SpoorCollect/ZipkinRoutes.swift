import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SpoorModel

/// Zipkin's API, version 2 (ZIPKIN.md), under `/api/v2` and `/zipkin/api/v2`.
struct ZipkinRoutes: Sendable {
  let store: TraceStore
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
    group.get("/services") { _, _ in Answers.names(store.services()) }
    group.get("/spans") { request, _ in
      try named(request, "serviceName") { Answers.names(store.spanNames(of: $0)) }
    }
    group.get("/remoteServices") { request, _ in
      try named(request, "serviceName") { Answers.names(store.remoteServices(of: $0)) }
    }
    group.get("/traces") { request, _ in try traces(request) }
    group.get("/trace/:id") { _, context in try trace(context) }
    group.get("/traceMany") { request, _ in try traceMany(request) }
    group.get("/dependencies") { request, _ in try dependencies(request) }
    group.get("/autocompleteKeys") { _, _ in Answers.names([]) }
    group.get("/autocompleteValues") { request, _ in
      try named(request, "key") { Answers.names(store.values(ofTag: $0)) }
    }
  }

  // MARK: Taking spans

  private func take(_ request: Request) async throws -> Response {
    let body = try await BodyReader(configuration: configuration).read(request)
    let spans: [ZipkinSpan]
    do throws(SpanError) {
      let type = request.headers[.contentType] ?? ""
      spans =
        type.hasPrefix("application/x-protobuf")
        ? try ZipkinProtoDecoder.spans(body) : try ZipkinJSONDecoder.spans(body)
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    store.add(spans)
    return Response(status: .accepted)
  }

  // MARK: Answering queries

  private func named(_ request: Request, _ name: String, _ body: (String) -> Response) throws -> Response {
    guard let value = request.uri.queryParameters[Substring(name)], !value.isEmpty else {
      throw HTTPError(.badRequest, message: "\(name) is required")
    }
    return body(String(value))
  }

  private func traces(_ request: Request) throws -> Response {
    let parameters = request.uri.queryParameters
    do throws(SpanError) {
      let query = try TraceQuery(
        { parameters[Substring($0)].map(String.init) }, now: Int64(Date().timeIntervalSince1970 * 1000),
        maximumLimit: configuration.maximumLimit)
      return Answers.traces(store.traces(query).map(TraceMerge.merged))
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
  }

  private func trace(_ context: BasicRequestContext) throws -> Response {
    let text = context.parameters.get("id") ?? ""
    do throws(SpanError) {
      let id = try ZipkinTraceID(text.trimmingCharacters(in: .whitespaces))
      guard let spans = store.spans(of: id) else { return Answers.text("\(id) not found", status: .notFound) }
      return Answers.json(ZipkinJSONEncoder.bytes(TraceMerge.merged(spans)))
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
  }

  private func traceMany(_ request: Request) throws -> Response {
    let text = request.uri.queryParameters["traceIds"].map(String.init) ?? ""
    let parts = text.split(separator: ",").map(String.init)
    do throws(SpanError) {
      var ids: [ZipkinTraceID] = []
      for part in parts { ids.append(try ZipkinTraceID(part.trimmingCharacters(in: .whitespaces))) }
      guard ids.count >= 2 else {
        return Answers.text("traceIds parameter must contain at least two trace IDs", status: .badRequest)
      }
      guard Set(ids).count == ids.count else {
        return Answers.text("traceIds parameter must not contain duplicates", status: .badRequest)
      }
      return Answers.traces(ids.compactMap { store.spans(of: $0).map(TraceMerge.merged) })
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
  }

  private func dependencies(_ request: Request) throws -> Response {
    let parameters = request.uri.queryParameters
    guard let end = parameters["endTs"].flatMap({ Int64($0) }), end > 0 else {
      throw HTTPError(.badRequest, message: "endTs is required: milliseconds since 1970, positive")
    }
    let lookback = parameters["lookback"].flatMap { Int64($0) } ?? 86_400_000
    guard lookback > 0 else { throw HTTPError(.badRequest, message: "lookback should be positive, in milliseconds") }
    var writer = JSONWriter()
    writer.array { writer in
      for link in store.dependencies(end: end, lookback: lookback) {
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
      # TYPE spoor_collector_bytes gauge
      spoor_collector_bytes \(counts.bytes)

      """)
  }
}
