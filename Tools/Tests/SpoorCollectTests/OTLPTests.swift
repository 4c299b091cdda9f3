// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Logging
import SpoorModel
import SpoorTerminal
import Testing

@testable import SpoorCollect

private let json = ["Content-Type": "application/json"]
private let trace = "463ac35c9f6413ad48485a3953bb6124"

/// An export request of spans, each given by its members.
private func request(_ spans: [String], service: String = "order") -> Data {
  let list = spans.map { #"{"traceId":"\#(trace)",\#($0)}"# }.joined(separator: ",")
  return Data(
    #"""
    {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\#(service)"}},{"key":"host.name","value":{"stringValue":"h1"}}]},
      "scopeSpans":[{"scope":{"name":"spoor","version":"1.0"},"spans":[\#(list)]}]}]}
    """#.utf8)
}

@Suite struct OTLPTests {
  @Test func bothPortsTakeOTLPAndTheSecondNothingElse() async throws {
    var configuration = CollectorConfiguration(port: 0)
    configuration.otlpPort = 0
    try await RunningCollector.with(configuration) { collector async throws in
      let port = try #require(collector.otlpPort)
      #expect(port != collector.port)
      let first = try await collector.post("/v1/traces", request([#""spanId":"0000000000000001""#]), headers: json)
      let second = try await collector.post(
        "/v1/traces", request([#""spanId":"0000000000000002""#]), headers: json, port: port)
      #expect(first.status == 200 && first.text == "{}" && second.status == 200)
      #expect(second.headers["content-type"] == "application/json")
      #expect((try await collector.get("/api/v2/trace/\(trace)").json as? [Any])?.count == 2)
      #expect(try await collector.post("/api/v2/spans", Data("[]".utf8), port: port).status == 404)
    }
  }

  @Test func aPortThatIsTakenIsNamedWithItsOption() async throws {
    var configuration = CollectorConfiguration(port: 0)
    configuration.otlpPort = 0
    try await RunningCollector.with(configuration) { collector async throws in
      var second = CollectorConfiguration(port: 0)
      second.otlpPort = collector.otlpPort
      let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let taken = await #expect(throws: ListeningError.self) {
        try await Collector(configuration: second, logger: logger).run()
      }
      let port = try #require(collector.otlpPort)
      #expect(
        taken?.description
          == "--otlp-port must be a free port, or 0 for no port of its own, but port \(port) of 127.0.0.1 is taken")
      second.otlpPort = nil
      second.port = collector.port
      let main = await #expect(throws: ListeningError.self) {
        try await Collector(configuration: second, logger: logger).run()
      }
      #expect(main?.description == "--port must be a free port, but port \(collector.port) of 127.0.0.1 is taken")
    }
  }

  /// An order of four services with a failure, by both protocols: one tree, in the answers of Zipkin's API and in the
  /// terminal.
  @Test func theSameOrderIsTheSameTreeByBothProtocols() async throws {
    let exception =
      #"\"exception\": {\"exception.type\": \"Timeout\", \"exception.message\": \"no answer in 300 ms\"}"#
    let zipkin = #"""
      [{"traceId":"\#(trace)","id":"0000000000000001","name":"POST /orders","kind":"SERVER","timestamp":1700000000000000,"duration":400000,
        "localEndpoint":{"serviceName":"gateway"},"remoteEndpoint":{"ipv4":"10.0.0.9"},"tags":{"client.address":"10.0.0.9","http.response.status_code":"200","host.name":"h1"}},
       {"traceId":"\#(trace)","parentId":"0000000000000001","id":"0000000000000002","name":"charge","kind":"CLIENT","timestamp":1700000000010000,"duration":300000,
        "localEndpoint":{"serviceName":"gateway"},"remoteEndpoint":{"serviceName":"payment"},"tags":{"server.address":"payment","retry":"2"}},
       {"traceId":"\#(trace)","parentId":"0000000000000002","id":"0000000000000003","name":"charge","kind":"SERVER","timestamp":1700000000020000,"duration":280000,
        "localEndpoint":{"serviceName":"payment"},"annotations":[{"timestamp":1700000000300000,"value":"\#(exception)"}],
        "tags":{"error":"no answer in 300 ms","otel.status_code":"ERROR","host.name":"h1","link.0":"0000000000000007-0000000000000008"}},
       {"traceId":"\#(trace)","parentId":"0000000000000001","id":"0000000000000004","name":"publish","kind":"PRODUCER","timestamp":1700000000390000,"duration":1,
        "localEndpoint":{"serviceName":"gateway"},"remoteEndpoint":{"serviceName":"orders"},"tags":{"messaging.destination.name":"orders"}},
       {"traceId":"\#(trace)","parentId":"0000000000000004","id":"0000000000000005","name":"handle","kind":"CONSUMER","timestamp":1700000000500000,"duration":20000,
        "localEndpoint":{"serviceName":"shipping"},"tags":{"host.name":"h1"}}]
      """#
    let gateway = [
      #""spanId":"0000000000000001","name":"POST /orders","kind":2,"flags":257,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000400000000","attributes":[{"key":"client.address","value":{"stringValue":"10.0.0.9"}},{"key":"http.response.status_code","value":{"intValue":"200"}}]"#,
      #""spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"charge","kind":3,"flags":257,"startTimeUnixNano":"1700000000010000000","endTimeUnixNano":"1700000000310000000","attributes":[{"key":"server.address","value":{"stringValue":"payment"}},{"key":"retry","value":{"intValue":2}}]"#,
      #""spanId":"0000000000000004","parentSpanId":"0000000000000001","name":"publish","kind":4,"flags":257,"startTimeUnixNano":"1700000000390000000","endTimeUnixNano":"1700000000390000400","attributes":[{"key":"messaging.destination.name","value":{"stringValue":"orders"}}]"#,
    ]
    let payment =
      #""spanId":"0000000000000003","parentSpanId":"0000000000000002","name":"charge","kind":2,"flags":769,"startTimeUnixNano":"1700000000020000000","endTimeUnixNano":"1700000000300000000","status":{"code":2},"events":[{"timeUnixNano":"1700000000300000000","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"Timeout"}},{"key":"exception.message","value":{"stringValue":"no answer in 300 ms"}}]}],"links":[{"traceId":"00000000000000000000000000000007","spanId":"0000000000000008"}]"#
    let shipping =
      #""spanId":"0000000000000005","parentSpanId":"0000000000000004","name":"handle","kind":5,"flags":769,"startTimeUnixNano":"1700000000500000000","endTimeUnixNano":"1700000000520000000""#
    let bodies = [
      request(gateway, service: "Gateway"), request([payment], service: "payment"),
      request([shipping], service: "shipping"),
    ]
    let queries = [
      "/api/v2/trace/\(trace)", "/api/v2/services", "/api/v2/spans?serviceName=gateway",
      "/api/v2/remoteServices?serviceName=gateway", "/api/v2/dependencies?endTs=1700000001000",
      "/api/v2/traces?annotationQuery=retry%3D2&endTs=1700000001000&lookback=60000",
      "/api/v2/traces?annotationQuery=error&endTs=1700000001000&lookback=60000",
      "/api/spoor/search?q=host.name%3Dh1&endTs=1700000001000", "/api/spoor/map?endTs=1700000001000",
    ]
    /// What the queries answer, and the terminal's lines, once a collector has what `send` sends.
    @Sendable func answers(_ send: @Sendable @escaping (RunningCollector) async throws -> Void) async throws
      -> (queries: [String], lines: [String], spans: [ZipkinSpan])
    {
      try await RunningCollector.with { collector async throws in
        try await send(collector)
        var answers: [String] = []
        for query in queries {
          let answer = try await collector.get(query)
          #expect(answer.status == 200, "\(query)")
          answers.append(Self.comparable(answer))
        }
        let file = try TraceFile(Array(try await collector.get("/api/spoor/trace/\(trace)").data))
        return (answers, TraceView(tree: TraceTree(file.spans)).lines, file.spans)
      }
    }
    let first = try await answers { collector async throws in
      #expect(try await collector.post("/api/v2/spans", Data(zipkin.utf8)).status == 202)
    }
    let second = try await answers { collector async throws in
      for body in bodies { #expect(try await collector.post("/v1/traces", body, headers: json).text == "{}") }
    }
    for (query, (one, other)) in zip(queries, zip(first.queries, second.queries)) { #expect(one == other, "\(query)") }
    #expect(first.lines == second.lines && first.lines.count > 6)
    #expect(first.spans.allSatisfy { $0.otlp == nil } && second.spans.allSatisfy { $0.otlp != nil })
  }

  /// An answer without what is different in each run: the order of spans, and the sizes of what is stored.
  private static func comparable(_ answer: RunningCollector.Answer) -> String {
    func sorted(_ value: Any) -> Any {
      if let list = value as? [Any] { return list.map(sorted).map { "\($0)" }.sorted() }
      guard var object = value as? [String: Any] else { return value }
      object["counts"] = nil
      return object.sorted { $0.key < $1.key }.map { "\($0.key)=\(sorted($0.value))" }
    }
    return answer.json.map { "\(sorted($0))" } ?? answer.text
  }

  @Test func aLogRecordIsJoinedToItsSpanAndShownLikeTheLibrarysOwn() async throws {
    let body = #"""
      {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"payment"}},{"key":"host.name","value":{"stringValue":"h1"}}]},
        "scopeLogs":[{"scope":{"name":"orders"},"logRecords":[
          {"timeUnixNano":"1700000000123000000","severityNumber":13,"severityText":"warning","body":{"stringValue":"payment_timeout"},"flags":1,
           "traceId":"\#(trace)","spanId":"0000000000000001","attributes":[{"key":"retry_count","value":{"intValue":"2"}},
            {"key":"level","value":{"stringValue":"caller's"}},{"key":"nested","value":{"kvlistValue":{"values":[{"key":"a","value":{"doubleValue":1.5}}]}}},
            {"key":"exception.type","value":{"stringValue":"PaymentTimeout"}},{"key":"exception.message","value":{"stringValue":"no answer"}},
            {"key":"exception.stacktrace","value":{"stringValue":"a at b.swift:1"}},{"key":"error.handled","value":{"boolValue":true}}]},
          {"timeUnixNano":"1700000000000000001","body":{"stringValue":"no trace"}}]}]}]}
      """#
    try await RunningCollector.with { collector async throws in
      _ = try await collector.post("/v1/traces", request([#""spanId":"0000000000000001","name":"a""#]), headers: json)
      let answer = try await collector.post("/v1/logs", Data(body.utf8), headers: json)
      #expect(answer.status == 200 && answer.text == "{}")
      let found = try await collector.get("/api/spoor/trace/\(trace)")
      let logs = try #require((found.json as? [String: Any])?["logs"] as? [[String: Any]])
      let log = try #require(logs.first)
      #expect(logs.count == 1)
      let expected = #"""
        {"timestamp":"2023-11-14T22:13:20.123Z","level":"warning","service":"payment","trace_id":"\#(trace)","span_id":"0000000000000001",
         "trace_flags":"01","event":"payment_timeout","logger":"orders","retry_count":2,"fields.level":"caller's","nested":{"a":1.5},
         "error.type":"PaymentTimeout","error.message":"no answer","error.stack_trace":"a at b.swift:1","error.handled":true,
         "resource":{"host.name":"h1"}}
        """#
      let wanted = try #require(try JSONSerialization.jsonObject(with: Data(expected.utf8)) as? [String: Any])
      #expect(NSDictionary(dictionary: log) == NSDictionary(dictionary: wanted), "\(log)")
      #expect(try await collector.metric("spoor_collector_logs_without_trace_total") == 1)
      let search = try await collector.get("/api/spoor/search?q=retry_count%3D2&endTs=1700000001000")
      #expect(search.text.contains(trace))
    }
  }

  @Test func aBodyBeyondTheBoundIsAStatusAndTheNextIsTaken() async throws {
    var configuration = CollectorConfiguration(port: 0)
    configuration.maximumOTLPBodyBytes = 1 << 20
    try await RunningCollector.with(configuration) { collector async throws in
      let proto = ["Content-Type": "application/x-protobuf"]
      let large = try await collector.post("/v1/traces", Data(count: 2 << 20), headers: proto)
      #expect(large.status == 413 && large.headers["content-type"] == "application/x-protobuf" && large.data.first == 8)
      let answer = try await collector.post("/v1/logs", Data(count: 2 << 20), headers: json)
      #expect(answer.status == 413 && (answer.json as? [String: Any])?["code"] as? Int == 11, "\(answer.text)")
      #expect(try await collector.post("/v1/traces", Data(), headers: proto).status == 200)
      for type in ["text/plain", "application/grpc", ""] {
        let refused = try await collector.post(
          "/v1/traces", Data("{}".utf8), headers: type.isEmpty ? [:] : ["Content-Type": type])
        #expect(
          refused.status == 415 && refused.headers["accept"] == "application/json, application/x-protobuf", "\(type)")
      }
      #expect(try await collector.ask("GET", "/v1/traces").status == 405)
      #expect(try await collector.post("/v1/metrics", Data(), headers: proto).status == 404)
    }
  }

  @Test func aStoreThatCannotBeWrittenIs503WithAStatus() async throws {
    var configuration = CollectorConfiguration(port: 0)
    configuration.queryTimeout = .zero
    configuration.maximumBytesInFlight = 0
    try await RunningCollector.with(configuration) { collector async throws in
      // A body alone is always let in; two at once are not when nothing may be in flight.
      let body = request((1...2000).map { #""spanId":"\#(String(format: "%016x", $0))""# })
      let statuses = try await withThrowingTaskGroup(of: RunningCollector.Answer.self) { group in
        for _ in 0..<16 { group.addTask { try await collector.post("/v1/traces", body, headers: json) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(statuses.map(\.status)).isSubset(of: [200, 429]) && statuses.contains { $0.status == 200 })
      for answer in statuses where answer.status == 429 {
        #expect(answer.retryAfter == "1" && (answer.json as? [String: Any])?["code"] as? Int == 8)
      }
    }
  }

  @Test func spansOfOneBodyThatIsLargerThanABatchAreAllStored() async throws {
    let text = String(repeating: "x", count: 1000)
    let spans = (1...3000).map { number in
      #""spanId":"\#(String(format: "%016x", number))","attributes":[{"key":"k","value":{"stringValue":"\#(text)"}}]"#
    }
    let body = request(spans)
    try await RunningCollector.with { collector async throws in
      let answer = try await collector.post("/v1/traces", body, headers: json)
      #expect(answer.status == 200 && answer.text == "{}")
      #expect(try await collector.metric("spoor_collector_spans") == 3000)
    }
  }
}

/// The store with spans of OTLP.
@Suite struct OTLPStoreTests {
  private static func spans(_ count: Int, value: Int = 1) throws -> [ZipkinSpan] {
    let members = (1...count).map {
      #""spanId":"\#(String(format: "%016x", $0))","name":"n","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000001000000","attributes":[{"key":"k","value":{"intValue":"\#(value)"}}]"#
    }
    var list = SpanListReader(otlp: try OTLPRequest.traces(json: Array(request(members))))
    var spans: [ZipkinSpan] = []
    while case .span(let span)? = try list.next() { spans.append(span) }
    return spans
  }

  private var id: ZipkinTraceID { get throws { try ZipkinTraceID(trace) } }

  private func content(_ store: TraceStore) async throws -> [ZipkinSpan] {
    let key = try #require(try await store.key(of: try id)?.key)
    var spans: [ZipkinSpan] = []
    var after: Int64 = 0
    while let part = try await store.chunk(of: key, after: after) {
      spans += try TraceFile([UInt8(ascii: "[")] + part.json + [UInt8(ascii: "]")]).spans
      after = part.last
    }
    return spans
  }

  @Test func whatIsSentAgainIsStoredOnceAndEachPartIsReadAlone() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    let spans = try Self.spans(10)
    for _ in 0..<3 { try await store.add(spans) }
    #expect(store.currentCounts.spans == 10)
    #expect(try await content(store) == spans)
    // The origin stands in each row again, because a row is read by itself.
    let many = try Self.spans(9000)
    try await store.add(many)
    let rows = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM chunks") }
    #expect(rows ?? 0 > 2 && store.currentCounts.spans == 9000)
    let all = try await content(store)
    #expect(all.count == 9000 && all.allSatisfy { $0.otlp?.origin.serviceName == "order" })
  }

  @Test func aRepairedStoreKeepsTheContentOfItsSpans() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "spoor-otlp-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appending(path: "traces.sqlite").path
    let spans = try Self.spans(10)
    do {
      let store = try TraceStore(path: path, maximumBytes: 1 << 26)
      try await store.add(spans)
      _ = try await store.pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
    }
    // An index is lost, so that the whole store is copied record by record.
    let page = try await DatabaseQueue(path: path).read {
      try #require(try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'traces_by_start'"))
    }
    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.seek(toOffset: UInt64(page - 1) * 4096)
    try file.write(contentsOf: Data(repeating: 0xff, count: 4096))
    try file.close()
    let store = try TraceStore(path: path, maximumBytes: 1 << 26)
    #expect(try await content(store) == spans)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).contains { $0.contains(".damaged-") })
  }

  /// A store of the last version is read as it is, and then holds both kinds of spans.
  @Test func aStoreOfVersion2IsMigratedAndAnOlderProgramRefusesTheResult() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "spoor-otlp-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appending(path: "traces.sqlite").path
    let old = ZipkinSpan(
      traceID: try id, id: try #require(ZipkinSpanID(99)), name: "old", timestamp: 1_700_000_000_000_000)
    do {
      let store = try TraceStore(path: path, maximumBytes: 1 << 26)
      try await store.add([old])
      try await store.pool.write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '3'") }
    }
    do {
      let store = try TraceStore(path: path, maximumBytes: 1 << 26)
      let versions = try await store.pool.read {
        try String.fetchAll($0, sql: "SELECT identifier FROM grdb_migrations ORDER BY identifier")
      }
      #expect(versions == ["1", "2", "3", "4", "5", "6"])
      try await store.add(Self.spans(1))
      let all = try await content(store)
      #expect(all.count == 2 && all[0] == old && all[1].otlp != nil)
    }
  }
}
