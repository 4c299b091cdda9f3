import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import SpoorModel

/// What Zipkin has no API for: log records, a trace with its logs, searches in one line of text, what is new.
struct SpoorRoutes: Sendable {
  let store: TraceStore
  let bodies: BodyReader
  let configuration: CollectorConfiguration

  func add(to router: Router<BasicRequestContext>) {
    router.post("/logs") { request, _ in try await takeLogs(request) }
    router.get("/api/spoor/trace/:id") { _, context in try await trace(context) }
    router.get("/api/spoor/search") { request, _ in try await search(request) }
    router.get("/api/spoor/map") { request, _ in try await map(request) }
    router.get("/api/spoor/live") { _, _ in live() }
  }

  /// NDJSON. Lines that are no JSON objects are counted in the answer, the others are kept.
  private func takeLogs(_ request: Request) async throws -> Response {
    try await bodies.read(request) { body in
      let lines = body.split(separator: UInt8(ascii: "\n"))
      let records = lines.compactMap { LogLine($0) }
      if let refusal = try await Answers.afterStoring({ try await store.add(logs: records) }) { return refusal }
      return Answers.json(
        Array(#"{"taken":\#(records.count),"malformed":\#(lines.count - records.count)}"#.utf8), status: .accepted)
    }
  }

  /// `{"spans":[…],"logs":[…]}`, spans as they were received (pieces of one span apart), logs in order of time.
  private func trace(_ context: BasicRequestContext) async throws -> Response {
    let id: ZipkinTraceID
    do throws(SpanError) {
      id = try ZipkinTraceID((context.parameters.get("id") ?? "").trimmingCharacters(in: .whitespaces))
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    guard let key = try await store.key(of: id) else { return Answers.text("\(id) not found", status: .notFound) }
    let store = store
    // Written piece by piece: a trace of 100 000 spans is never held whole.
    let body = ResponseBody { writer in
      try await writer.write(ByteBuffer(string: #"{"spans":["#))
      var last: Int64 = 0
      var isFirst = true
      while true {
        let chunk = try await store.chunk(of: key, after: last)
        if chunk.spans.isEmpty, chunk.last == last { break }
        last = chunk.last
        var json = ZipkinJSONEncoder.bytes(chunk.spans)[...]
        json = json.dropFirst().dropLast()
        guard !json.isEmpty else { continue }
        if !isFirst { try await writer.write(ByteBuffer(string: ",")) }
        isFirst = false
        try await writer.write(ByteBuffer(bytes: json))
      }
      try await writer.write(ByteBuffer(string: #"],"logs":["#))
      for (index, line) in try await store.logs(of: key).enumerated() {
        if index > 0 { try await writer.write(ByteBuffer(string: ",")) }
        try await writer.write(ByteBuffer(bytes: line))
      }
      try await writer.write(ByteBuffer(string: "]}"))
      try await writer.finish(nil)
    }
    return Response(
      status: .ok, headers: [.contentType: "application/json", .xContentTypeOptions: "nosniff"], body: body)
  }

  /// `?q=…&endTs=ms&lookback=ms&limit=n&order=slowest`: see ``SearchAnswer``.
  private func search(_ request: Request) async throws -> Response {
    let parameters = QueryParameters(request)
    var filter: TraceFilter
    do throws(SpanError) {
      filter = try QueryLine.filter(parameters["q"] ?? "")
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    filter.window = window(request)
    let limit = parameters["limit"].flatMap { Int($0) } ?? 200
    guard limit > 0 else { throw HTTPError(.badRequest, message: "limit should be positive") }
    filter.limit = 2 * configuration.maximumLimit
    let answer = SearchAnswer(
      summaries: try await store.summaries(filter), limit: min(limit, configuration.maximumLimit),
      isSlowestFirst: parameters["order"] == "slowest", counts: store.currentCounts)
    return Answers.json(answer.json)
  }

  private func map(_ request: Request) async throws -> Response {
    let map = try await store.reduceTrees(in: window(request), into: ServiceMap()) { $0.add($1) }
    return Answers.json(map.json)
  }

  /// The window asked for; without an end, until now and somewhat beyond: clocks differ.
  private func window(_ request: Request) -> ClosedRange<Int64> {
    let parameters = QueryParameters(request)
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    let end = parameters["endTs"].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
    let lookback = parameters["lookback"].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 900_000
    return TraceQuery.window(end: end ?? now + 60_000, lookback: end == nil ? lookback + 60_000 : lookback)
  }

  /// Server-sent events: one when something was stored, twice a second at most, and a comment when nothing was for long.
  private func live() -> Response {
    guard store.changes.count < 64 else {
      return Answers.text("64 pages are listening already", status: .tooManyRequests)
    }
    let store = store
    let body = ResponseBody { writer in
      try await writer.write(ByteBuffer(string: "retry: 1000\n\n\(Self.event(store))"))
      // A page that listens must not hold up the shutdown.
      let ticks = Self.ticks(store).cancelOnGracefulShutdown()
      for await changed in ticks {
        try await writer.write(ByteBuffer(string: changed ? Self.event(store) : ": alive\n\n"))
        if changed { try await Task.sleep(for: .milliseconds(500)) }
      }
      try await writer.finish(nil)
    }
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
  }

  private static func ticks(_ store: TraceStore) -> AsyncStream<Bool> {
    let (stream, continuation) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
    let changes = Task { for await _ in store.changes.changes() { continuation.yield(true) } }
    let heartbeat = Task {
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(10))
        continuation.yield(false)
      }
    }
    continuation.onTermination = { _ in
      changes.cancel()
      heartbeat.cancel()
    }
    return stream
  }

  private static func event(_ store: TraceStore) -> String {
    let json = SearchAnswer.json(store.currentCounts)
    return "event: change\ndata: \(String(decoding: json, as: UTF8.self))\n\n"
  }
}
