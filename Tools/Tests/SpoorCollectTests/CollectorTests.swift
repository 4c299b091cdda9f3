// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorModel
import Testing

@testable import SpoorCollect

private let span = #"""
  {"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"48485a3953bb6124","name":"Place Order","kind":"SERVER",
   "timestamp":1699366981234567,"duration":412000,"localEndpoint":{"serviceName":"Order"},"tags":{"order.id":"ORD7890"}}
  """#

@Suite struct CollectorTests {
  @Test(arguments: [
    "ascend.json", "messaging.json", "messaging2.json", "simple-db-p6.json", "yelp.json", "zipkin2-client.json",
  ])
  func everySampleIsTakenAndReadBack(name: String) async throws {
    var data = try fixture(name)
    if name == "zipkin2-client.json" { data = Data("[".utf8) + data + Data("]".utf8) }
    let sent = try ZipkinJSONDecoder.spans(Array(data))
    let body = data
    try await RunningCollector.with { collector async throws in
      #expect(try await collector.post("/api/v2/spans", body).status == 202)
      for traceID in Set(sent.map(\.traceID)) {
        let answer = try await collector.get("/api/v2/trace/\(traceID)")
        #expect(answer.status == 200)
        let back = try ZipkinJSONDecoder.spans(Array(answer.data))
        let expected = TraceMerge.merged(sent.filter { $0.traceID.low == traceID.low })
        #expect(Set(back) == Set(expected))
      }
    }
  }

  @Test func proto3ComesBackAsJSON() async throws {
    let spans = try ZipkinJSONDecoder.spans(Array("[\(span)]".utf8))
    try await RunningCollector.with { collector async throws in
      let answer = try await collector.post(
        "/api/v2/spans", Data(ZipkinProtoEncoder.bytes(spans)), headers: ["Content-Type": "application/x-protobuf"])
      #expect(answer.status == 202 && answer.data.isEmpty)
      let back = try await collector.get("/zipkin/api/v2/trace/463ac35c9f6413ad48485a3953bb6124")
      let read = try ZipkinJSONDecoder.spans(Array(back.data))
      #expect(read == spans)
    }
  }

  @Test(arguments: [
    ("{", "Expected a JSON_V2 encoded list"), ("[{", "Malformed reading List<Span> from json"),
    ("[{\"id\":\"1\"}]", "traceId"), ("[{\"traceId\":\"0\",\"id\":\"1\"}]", "traceId is all zeros"),
    ("[{\"traceId\":\"ABC\",\"id\":\"1\"}]", "should be lower-hex encoded"),
    ("[{\"traceId\":\"1\",\"id\":\"1\",\"binaryAnnotations\":[]}]", "JSON_V1"), ("nonsense", "Expected a JSON_V2"),
    ("[\u{1}]", "Malformed"),
  ])
  func badSpansAre400WithZipkinsWords(body: String, expected: String) async throws {
    try await RunningCollector.with { collector async throws in
      let answer = try await collector.post("/api/v2/spans", Data(body.utf8))
      #expect(answer.status == 400)
      #expect(answer.text.contains(expected), "\(answer.text)")
      #expect(try await collector.metric("spoor_collector_spans_total") == 0)
    }
  }

  @Test func anEmptyListAndNothingAtAllAreFine() async throws {
    try await RunningCollector.with { collector async throws in
      #expect(try await collector.post("/api/v2/spans", Data("[]".utf8)).status == 202)
      #expect(try await collector.post("/api/v2/spans", Data()).status == 202)
    }
  }

  @Test func aGzipBombIsRefusedAndTheServerGoesOn() async throws {
    let zeros = Data(count: 64 << 20)
    let bomb = try gzip(zeros)
    #expect(bomb.count < 100_000)
    let zipped = try gzip(Data("[\(span)]".utf8))
    try await RunningCollector.with(CollectorConfiguration(maximumBodyBytes: 1 << 20)) { collector async throws in
      let headers = ["Content-Encoding": "gzip"]
      #expect(try await collector.post("/api/v2/spans", bomb, headers: headers).status == 413)
      #expect(try await collector.post("/api/v2/spans", Data("no gzip".utf8), headers: headers).status == 400)
      #expect(try await collector.post("/api/v2/spans", Data(count: 2 << 20)).status == 413)
      #expect(try await collector.post("/api/v2/spans", zipped, headers: headers).status == 202)
    }
  }

  /// Compresses with the real gzip.
  private func gzip(_ data: Data) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-c"]
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try data.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    process.standardInput = try FileHandle(forReadingFrom: file)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let result = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return result
  }

  @Test func queriesFindWhatTheyAskFor() async throws {
    try await RunningCollector.with { collector async throws in
      _ = try await collector.post("/api/v2/spans", Data("[\(span)]".utf8))
      let window = "endTs=1699366990000&lookback=60000"
      func count(_ query: String) async throws -> Int {
        let answer = try await collector.get("/api/v2/traces?\(window)&\(query)")
        return (answer.json as? [Any])?.count ?? -1
      }
      #expect(try await count("serviceName=order") == 1)
      #expect(try await count("serviceName=ORDER&spanName=place%20order") == 1)
      #expect(try await count("serviceName=order&spanName=place+order") == 1)
      #expect(try await count("serviceName=payment") == 0)
      #expect(try await count("annotationQuery=order.id%3DORD7890") == 1)
      #expect(try await count("annotationQuery=order.id%3DORD1") == 0)
      #expect(try await count("annotationQuery=order.id%20and%20nothing") == 0)
      #expect(try await count("minDuration=412000") == 1)
      #expect(try await count("minDuration=412001") == 0)
      #expect(try await count("minDuration=1&maxDuration=411999") == 0)
      let services = try await collector.get("/api/v2/services").text
      let names = try await collector.get("/api/v2/spans?serviceName=order").text
      #expect(services == #"["order"]"# && names == #"["place order"]"#)
    }
  }

  @Test(arguments: [
    ("traces?maxDuration=1", "maxDuration is only valid with minDuration"), ("traces?limit=0", "limit"),
    ("traces?endTs=0", "endTs"), ("traces?lookback=-1", "lookback"), ("traces?limit=x", "limit"),
    ("spans", "serviceName"),
    ("dependencies", "endTs"), ("traceMany?traceIds=1", "at least two"), ("trace/zz", "lower-hex"),
  ])
  func badQueriesAre400(path: String, expected: String) async throws {
    try await RunningCollector.with { collector async throws in
      let answer = try await collector.get("/api/v2/\(path)")
      #expect(answer.status == 400 && answer.text.contains(expected), "\(answer.status) \(answer.text)")
    }
  }

  @Test func aTraceThatIsNotThereIs404() async throws {
    try await RunningCollector.with { collector async throws in
      let answer = try await collector.get("/api/v2/trace/1")
      #expect(answer.status == 404 && answer.text == "0000000000000001 not found")
    }
  }

  @Test func dependenciesAreCounted() async throws {
    let data = try fixture("yelp.json")
    try await RunningCollector.with { collector async throws in
      _ = try await collector.post("/api/v2/spans", data)
      let answer = try await collector.get("/api/v2/dependencies?endTs=9999999999999&lookback=9999999999999")
      let links = try #require(answer.json as? [[String: Any]])
      #expect(!links.isEmpty && links.allSatisfy { $0["callCount"] as? Int ?? 0 > 0 })
    }
  }

  @Test func logsAreJoinedToTheirTraceInOrderOfTime() async throws {
    let id = "463ac35c9f6413ad48485a3953bb6124"
    let lines = """
      {"timestamp":"2023-11-07T14:23:02.000Z","trace_id":"\(id)","event":"second"}
      no json
      {"timestamp":"2023-11-07T14:23:01.000Z","trace_id":"\(id)","event":"first"}
      {"timestamp":"2023-11-07T14:23:01.000Z","event":"outside a trace"}
      """
    try await RunningCollector.with { collector async throws in
      _ = try await collector.post("/api/v2/spans", Data("[\(span)]".utf8))
      #expect(try await collector.post("/logs", Data(lines.utf8)).text == #"{"taken":3,"malformed":1}"#)
      let trace = try #require(try await collector.get("/api/spoor/trace/\(id)").json as? [String: Any])
      let logs = try #require(trace["logs"] as? [[String: Any]])
      #expect(logs.map { $0["event"] as? String } == ["first", "second"])
      #expect((trace["spans"] as? [Any])?.count == 1)
    }
  }

  @Test(arguments: ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
  func aForeignHostIsRefused(host: String) async throws {
    try await RunningCollector.with { collector async throws in
      #expect(try await collector.get("/api/v2/services", headers: ["Host": host]).status == 421)
    }
  }

  @Test func aForeignOriginIsRefused() async throws {
    try await RunningCollector.with { collector async throws in
      let answer = try await collector.post(
        "/api/v2/spans", Data("[]".utf8), headers: ["Origin": "https://evil.example"])
      #expect(answer.status == 403)
    }
  }
}
