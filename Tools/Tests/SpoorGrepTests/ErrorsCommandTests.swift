// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorGrep
@testable import SpoorLogs

/// `spoor errors` and the chains of `spoor trace`, on the logs of an incident.
@Suite struct ErrorsCommandTests {
  @Test func theCauseComesFirstWithWhatItExplains() async throws {
    try await Incident.withLogs { directory in
      let result = try run(spoor, ["errors", directory.path])
      #expect(result.status == 0, "\(result.errors)")
      let kinds = result.output.split(separator: "\n\n").map(String.init)
      #expect(kinds.count == 3, "\(result.output)")
      let parts: [(String, [String])] = [
        (kinds[0], ["9 failures of 3 kinds", "in 5 of 12 traces (42 %)", "2023-11-07T14:23:01.000Z … 14:23:12.001Z"]),
        (
          kinds[1],
          [
            "1  orders coupon_ignored  × 1  (handled)", "StorageError: SELECT coupons: no such table: coupons",
            "at Pool.run(_:)", "Pool.swift:52", "caused by DatabaseError: no such table: coupons",
            "at Store.discount(of:)", "begins the chain of 4 other failed traces", "spoor trace \(Incident.trace(4))",
          ]
        ),
        (
          kinds[2],
          [
            "2  orders storage_failed  × 4", "StorageError: INSERT orders: within a transaction", "connection=3",
            "previous_holder leads from 4 of 4 traces back to 1 with orders coupon_ignored (1)",
            "only they: zone=b (100 % of them, no good trace)",
            "then gateway order_failed in 4: DownstreamError: orders answered 500", "spoor trace \(Incident.trace(5))",
          ]
        ),
      ]
      for (text, expected) in parts { for part in expected { #expect(text.contains(part), "\(part) in \(text)") } }
      #expect(!result.output.contains("swift_task_switch"))
    }
  }

  @Test func everyKindIsAnObjectOfJSON() async throws {
    struct Kind: Decodable {
      var event: String
      var count: Int
      var explains: Int
      var chains: [[String: Value]]
    }
    enum Value: Decodable, Equatable {
      case text(String)
      case number(Int)
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
          self = .number(number)
        } else {
          self = .text(try container.decode(String.self))
        }
      }
    }
    try await Incident.withLogs { directory in
      let output = try run(spoor, ["errors", "--json", directory.path]).output
      let kinds = try output.split(separator: "\n").map { try JSONDecoder().decode(Kind.self, from: Data($0.utf8)) }
      #expect(kinds.map(\.event) == ["coupon_ignored", "storage_failed"])
      #expect(kinds.map(\.count) == [1, 4])
      #expect(kinds.map(\.explains) == [4, 0])
      #expect(kinds[1].chains.first?["field"] == .text("previous_holder"))
      #expect(kinds[1].chains.first?["event"] == .text("coupon_ignored"))
      #expect(kinds[1].chains.first?["traces"] == .number(4))
    }
  }

  @Test func aQueryAndATimeChooseTheRecords() async throws {
    try await Incident.withLogs { directory in
      let gateway = try run(spoor, ["errors", "service=gateway", directory.path])
      #expect(gateway.output.contains("gateway order_failed  × 4") && !gateway.output.contains("storage_failed"))
      let late = try run(spoor, ["errors", "--since", "2023-11-07T14:23:08Z", directory.path])
      #expect(late.output.contains("storage_failed  × 1"), "\(late.output)")
      let piped = try run(
        spoor, ["errors", "service=gateway", "-"], input: Data((Incident.orders + Incident.gateway).utf8))
      #expect(piped.output.contains("gateway order_failed  × 4") && !piped.output.contains("storage_failed"))
      let none = try run(spoor, ["errors", "--since", "2023-11-07T14:23:09Z", directory.path])
      #expect(none.status == 1 && none.output.hasPrefix("no failures in 8 records and 4 traces"), "\(none)")
    }
  }

  @Test func missingFilesAndCollectorsAreErrors() async throws {
    try await Incident.withLogs { directory in
      let missing = try run(spoor, ["errors", "/nowhere/x.log", directory.appending(path: "orders.log").path])
      #expect(missing.status == 2 && missing.errors.contains("/nowhere/x.log: No such file"), "\(missing)")
      #expect(missing.output.contains("storage_failed"))
      let collector = try run(spoor, ["errors", "--collector", "http://127.0.0.1:1"])
      #expect(collector.status == 2 && collector.errors.contains("no collector responds"), "\(collector)")
      let top = try run(spoor, ["errors", "--top", "0", directory.path])
      #expect(top.status == 2 && top.errors.contains("--top must be at least 1, but is 0"))
    }
  }

  @Test func failedSpansCountWhereNoRecordReportsThem() throws {
    let spans = #"""
      [{"traceId":"a1","id":"1","name":"get","timestamp":1,"duration":9,"localEndpoint":{"serviceName":"web"},"tags":{"error":"500"}},
       {"traceId":"a1","id":"2","parentId":"1","name":"query 17","timestamp":2,"duration":5,
        "localEndpoint":{"serviceName":"db"},"tags":{"error":"disk 7 is full"}},
       {"traceId":"a2","id":"3","name":"query 17","timestamp":3,"duration":5,
        "localEndpoint":{"serviceName":"db"},"tags":{"error":"disk 8 is full"}},
       {"traceId":"a3","id":"4","name":"get","timestamp":4,"duration":5,"localEndpoint":{"serviceName":"web"}}]
      """#
    let result = try run(spoor, ["errors", "-"], input: Data(spans.utf8))
    #expect(result.output.contains("1  db query 17  × 2"), "\(result.output)")
    #expect(result.output.contains("in 2 of 3 traces (67 %)") && !result.output.contains("web get"), "\(result.output)")
    let log =
      #"{"trace_id":"00000000000000a1","span_id":"0000000000000002","level":"error","service":"db","event":"full"}"#
    let both = try run(
      spoor, ["errors", "-"], input: Data(#"{"spans":\#(spans),"logs":[\#(log)]}"#.utf8))
    #expect(both.output.contains("db query 17  × 1") && both.output.contains("db full  × 1"), "\(both.output)")
  }

  @Test func ofTracesThatNameEachOtherTheFirstFailureBeganTheChain() throws {
    func record(_ time: Int, _ event: String, _ trace: Int, _ holder: Int?) -> String {
      let link = holder.map { #","holder":"\#(Incident.trace($0))""# } ?? ""
      return
        #"{"timestamp":"2023-11-07T14:23:0\#(time)Z","level":"error","event":"\#(event)","trace_id":"\#(Incident.trace(trace))"\#(link)}"#
    }
    // Trace 1 held something, then 2, then 1 and 3 again.
    let log = [record(1, "broken", 1, 2), record(2, "stuck", 2, 1), record(3, "stuck", 3, 2)].joined(separator: "\n")
    let output = try run(spoor, ["errors", "-"], input: Data(log.utf8)).output
    for part in [
      "1   broken  × 1", "begins the chain of 2 other", "holder leads from 2 of 2 traces back to 1 with  broken",
    ] {
      #expect(output.contains(part), "\(part) in \(output)")
    }
  }

  @Test func aCrashComesFirstAlthoughItIsReportedLast() throws {
    func record(_ time: Int, _ level: String, _ event: String, _ message: String) -> String {
      #"{"timestamp":"2023-11-07T14:23:0\#(time)Z","level":"\#(level)","service":"s","event":"\#(event)","trace_id":"a1","#
        + #""error.type":"E","error.message":"\#(message)","error.fingerprint":"\#(event)"}"#
    }
    let log = [
      record(1, "error", "refused", "payment is unreachable"), record(2, "error", "failed", "answered 502"),
      record(3, "error", "failed", "gone"), record(4, "critical", "process_crashed", "SIGILL: trap"),
    ].joined(separator: "\n")
    let output = try run(spoor, ["errors", "-"], input: Data(log.utf8)).output
    for part in ["1  s process_crashed  × 1", "2  s refused  × 1", "then s failed in 1\n"] {
      #expect(output.contains(part), "\(part) in \(output)")
    }
    let failed = try run(spoor, ["errors", "event=failed", "-"], input: Data(log.utf8)).output
    #expect(failed.contains("E: answered 502\n") && failed.contains("also E: gone × 1"), "\(failed)")
  }

  @Test func lessSevereRecordsCountIfTheirLevelIsAskedFor() throws {
    func record(_ second: Int, _ level: String, _ service: String, _ rest: String) -> String {
      #"{"timestamp":"2023-11-07T14:23:0\#(second)Z","level":"\#(level)","service":"\#(service)",\#(rest)}"#
    }
    let log = Data(
      [
        record(1, "warning", "a", #""event":"spans_not_delivered","reason":"port 4711 does not answer","held":3"#),
        record(2, "warning", "b", #""event":"spans_not_delivered","reason":"port 4712 does not answer","held":4"#),
        record(
          3, "warning", "b",
          #""event":"process_interrupted","trace_ids":["\#(Incident.trace(1))","\#(Incident.trace(2))"]"#),
        record(4, "notice", "a", #""event":"database_switched","to":"replica""#),
      ].joined(separator: "\n").utf8)
    let none = try run(spoor, ["errors", "-"], input: log)
    #expect(
      none.status == 1
        && none.output == "no failures in 4 records and 0 traces; --level warning shows 3 warnings\n", "\(none)")
    let warnings = try run(spoor, ["errors", "--level", "warning", "-"], input: log)
    #expect(warnings.status == 0)
    for part in [
      "3 records from warning on of 2 kinds", "2 services spans_not_delivered  × 2\n   port 4711 does not answer",
      "held=3 (1), 4 (1)\n", "b process_interrupted  × 1", "trace_ids: spoor trace \(Incident.trace(1))",
    ] { #expect(warnings.output.contains(part), "\(part) in \(warnings.output)") }
    #expect(!warnings.output.contains("database_switched") && !warnings.output.contains("reason="))
    let notices = try run(spoor, ["errors", "--level", "notice", "-"], input: log)
    #expect(notices.output.contains("a database_switched  × 1") && notices.output.contains("of 3 kinds"))
  }

  @Test func textOfOthersCannotControlTheTerminal() throws {
    let hostile = "\\u001b[2J\\u202e\\u0007"
    let record =
      #"{"level":"error","service":"\#(hostile)","event":"\#(hostile)","trace_id":"\#(hostile)","k\#(hostile)":"\#(hostile)","#
      + #""error.type":"\#(hostile)","error.message":"\#(hostile)","error.stack_trace":"\#(hostile)"}"#
    let output = try run(spoor, ["errors", "-"], input: Data(record.utf8)).output
    #expect(output.contains("× 1"))
    #expect(!output.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
  }

  @Test(arguments: [
    ("timeout after 31 ms", "timeout after # ms"), ("order 463ac35c9f6413ad is gone", "order # is gone"),
    ("U5678", "U#"), ("held by 463ac35c9f6413ad, 563ac35c9f6413ad, 663ac35c9f6413ad", "held by #"),
    ("no digits", "no digits"), ("2 of 10: a1b2", "# of #: a#b#"), ("", ""),
  ])
  func numbersAndIdsDoNotMakeAnotherKind(text: String, pattern: String) {
    #expect(Failure.pattern(text) == pattern)
  }

  @Test(arguments: [
    ("463ac35c9f6413ad48485a3953bb6124", 1), ("463AC35C9F6413AD48485A3953BB6124", 1),
    ("463ac35c9f6413ad48485a3953bb6124 5ac35c9f6413ad48485a3953bb612477", 2),
    (#"["463ac35c9f6413ad48485a3953bb6124"]"#, 1), ("463ac35c9f6413ad48485a3953bb6124-48485a3953bb6124", 1),
    ("48485a3953bb6124", 0), ("request 463ac35c9f6413ad48485a3953bb6124 failed", 0),
    ("123e4567-e89b-12d3-a456-426614174000", 0), ("", 0),
  ])
  func onlyWholeIdsAreReferences(value: String, count: Int) {
    #expect(TraceLink.ids(in: value).count == count)
  }
}
