// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import SpoorLogs
import SpoorModel

/// Spoor's own endpoints: log records, a trace with its logs, searches in one line of text, the map, and changes as
/// they happen.
struct SpoorRoutes: Sendable {
  let store: TraceStore
  let intake: LogIntake
  let configuration: CollectorConfiguration

  var endpoints: [Endpoint] {
    [
      .post("/logs", .lines) { request in
        let (body, share) = try await request.body()
        return try await intake.take(body, share: share)
      },
      .get("/api/spoor/trace/:id") { request in try await trace(request) },
      .get("/api/spoor/search") { request in try await search(request) },
      .get("/api/spoor/map") { request in
        Answers.json(try await store.serviceMap(in: try window(request)) { $0.json })
      },
      .get("/api/spoor/logs") { request in try await logs(request) },
      .get("/api/spoor/logFields") { request in
        Answers.names(try await store.logFields(request.parameters["key"]))
      },
      .get("/api/spoor/live") { request in live(request) },
    ]
  }

  /// `{"spans":[…],"logs":[…]}`, spans as they were received (the pieces of a span separately), logs in order of time.
  private func trace(_ request: IncomingRequest) async throws -> Response {
    let id: ZipkinTraceID
    do throws(SpanError) {
      id = try ZipkinTraceID(request.pathValue.trimmingCharacters(in: .whitespaces))
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    guard let (key, tag) = try await store.key(of: id) else {
      return Answers.text("\(id) not found", status: .notFound)
    }
    let headers: HTTPFields = [.contentType: "application/json", .eTag: tag, .cacheControl: "no-cache"]
    if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
    let (store, presence) = (store, request.presence)
    // Written in parts, so that a trace of 100 000 spans is never in memory as a whole.
    let body = ResponseBody { writer in
      try await writer.write(ByteBuffer(string: #"{"spans":["#))
      var isFirst = true
      var spans: Int64? = 0
      while let after = spans {
        let part = try await presence.run { try await store.chunk(of: key, after: after) }
        spans = part?.last
        guard let part, !part.json.isEmpty else { continue }
        try await writer.write(ByteBuffer(bytes: isFirst ? part.json : [UInt8(ascii: ",")] + part.json))
        isFirst = false
      }
      try await writer.write(ByteBuffer(string: #"],"logs":["#))
      isFirst = true
      var logs: (Int64, Int64)? = (.min, 0)
      while let after = logs {
        let part = try await presence.run { try await store.logChunk(of: key, after: after) }
        logs = part?.last
        guard let part, !part.json.isEmpty else { continue }
        try await writer.write(ByteBuffer(bytes: isFirst ? part.json : [UInt8(ascii: ",")] + part.json))
        isFirst = false
      }
      try await writer.write(ByteBuffer(string: "]}"))
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: headers, body: body)
  }

  /// `?q=…&endTs=ms&lookback=ms&limit=n&order=slowest&until=µs&within=ms`: see ``SearchAnswer``. The further parts of a
  /// list have `until`, the start of its last trace, and no operations. With `within`, traces that must be read are
  /// read no longer than that; `more` says that others may match.
  private func search(_ request: IncomingRequest) async throws -> Response {
    let parameters = request.parameters
    let now = Self.now
    var filter: TraceFilter
    do throws(SpanError) {
      filter = try QueryLine.filter(parameters["q"] ?? "", now: now)
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    filter.window = try window(request)
    filter.until = try number("until", request)
    let limit = try number("limit", request) ?? 200
    let shown = Int(min(limit, Int64(configuration.maximumLimit)))
    let isPart = filter.until != nil
    filter.limit = isPart ? shown : 2 * configuration.maximumLimit
    let counts = store.currentCounts
    var listing = TraceStore.Listing(limit: shown, isSlowestFirst: parameters["order"] == "slowest")
    listing.patience = try number("within", request).map { .milliseconds(min($0, 1_000_000)) }
    let json = try await store.summaries(filter, listing) { summaries in
      SearchAnswer(summaries: summaries, counts: counts, now: now, hasOperations: !isPart).json
    }
    return Answers.json(json)
  }

  /// `?q=…&endTs=ms&lookback=ms&limit=n&before=id`: see ``LogList``.
  private func logs(_ request: IncomingRequest) async throws -> Response {
    let query: LogQuery
    do throws(SpanError) {
      query = try QueryLine.query(request.parameters["q"] ?? "", now: Self.now)
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
    let limit = Int(min(try number("limit", request) ?? 200, Int64(configuration.maximumLimit)))
    let (window, before) = (try window(request), try cursor(request))
    let counts = store.currentCounts
    return Answers.json(
      try await store.logs(query, in: window, before: before, limit: limit) { $0.json(counts) })
  }

  /// `before=TIME-ID`: where the last part of a list of log records ended.
  private func cursor(_ request: IncomingRequest) throws -> LogList.Place? {
    guard let text = request.parameters["before"], !text.isEmpty else { return nil }
    guard let place = LogList.Place(text) else {
      throw HTTPError(.badRequest, message: "before must be TIME-ID of a record, but is \(text.prefix(40))")
    }
    return place
  }

  private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }

  /// A positive number; `nil` if the request does not have it.
  private func number(_ name: String, _ request: IncomingRequest) throws -> Int64? {
    guard let text = request.parameters[name], !text.isEmpty else { return nil }
    guard let value = Int64(text), value > 0 else {
      throw HTTPError(.badRequest, message: "\(name) must be a positive whole number, but is \(text.prefix(40))")
    }
    return value
  }

  /// The requested window. Without an end it has none, because a span of a host whose clock is fast begins in the
  /// future.
  private func window(_ request: IncomingRequest) throws -> ClosedRange<Int64> {
    let lookback = try number("lookback", request) ?? 900_000
    if let end = try number("endTs", request) { return TraceQuery.window(end: end, lookback: lookback) }
    return TraceQuery.window(end: Self.now / 1000, lookback: lookback).lowerBound...Int64.max
  }

  /// Server-sent events: one when something was stored, at most twice a second, and a comment every ten seconds.
  private func live(_ request: IncomingRequest) -> Response {
    guard store.changes.count < 64 else {
      var response = Answers.text("64 pages are listening already", status: .tooManyRequests)
      response.headers[.retryAfter] = "5"
      return response
    }
    let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
    guard request.request.method != .head else { return Response(status: .ok, headers: headers) }
    let (store, presence) = (store, request.presence)
    let body = ResponseBody { writer in
      try await writer.write(ByteBuffer(string: "retry: 1000\n\n\(Self.event(store))"))
      // A listening page must not delay the shutdown, and a closed one must not be counted.
      let (ticks, stop) = Self.ticks(store)
      let ended = Task { try? await presence.run { try await Task.sleep(for: .seconds(86_400)) } }
      let watch = Task {
        await ended.value
        stop()
      }
      defer {
        ended.cancel()
        watch.cancel()
      }
      for await changed in ticks.cancelOnGracefulShutdown() {
        try await writer.write(ByteBuffer(string: changed ? Self.event(store) : ": alive\n\n"))
        if changed { try await Task.sleep(for: .milliseconds(500)) }
      }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: headers, body: body)
  }

  private static func ticks(_ store: TraceStore) -> (stream: AsyncStream<Bool>, stop: @Sendable () -> Void) {
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
    return (stream, { continuation.finish() })
  }

  private static func event(_ store: TraceStore) -> String {
    let json = SearchAnswer.json(store.currentCounts)
    return "event: change\ndata: \(String(decoding: json, as: UTF8.self))\n\n"
  }
}
