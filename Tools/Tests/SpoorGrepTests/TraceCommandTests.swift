// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `spoor trace` and `spoor diff` on files.
@Suite struct TraceCommandTests {
  static let spans = #"""
    [{"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"1","name":"post /orders","kind":"SERVER",
      "timestamp":1699366981234000,"duration":412000,"localEndpoint":{"serviceName":"gateway"}},
     {"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"2","parentId":"1","name":"reserve",
      "timestamp":1699366981240000,"duration":31000,"localEndpoint":{"serviceName":"inventory"}},
     {"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"3","parentId":"1","name":"charge",
      "timestamp":1699366981275000,"duration":340000,"localEndpoint":{"serviceName":"payment"},
      "tags":{"error":"no answer"}},
     {"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"5","parentId":"4","name":"lost",
      "timestamp":1699366981280000,"duration":1000,"localEndpoint":{"serviceName":"risk"},
      "tags":{"spoor.interrupted":"true","error":"interrupted: the process ended"}}]
    """#
  static let logs = #"""
    {"timestamp":"2023-11-07T14:23:01.579Z","level":"warning","service":"payment","trace_id":"463ac35c9f6413ad48485a3953bb6124","span_id":"0000000000000003","event":"payment_timeout","retry_count":2,"error.type":"PaymentTimeout","error.message":"no answer in 300 ms","error.handled":true,"error.stack_trace":"PaymentClient.charge(_:) at PaymentClient.swift:42\nOrderService.place(_:) at OrderService.swift:88\nswift_task_switch\nstart_thread","error.causes":[{"type":"HTTPTimeout","message":"read timed out"}]}
    """#

  private func withFiles(_ body: ([String]) throws -> Void) async throws {
    try await withScratch { directory in
      let (spans, logs) = (directory.appending(path: "spans.json"), directory.appending(path: "a.log"))
      try Data(Self.spans.utf8).write(to: spans)
      try Data(Self.logs.utf8).write(to: logs)
      try body([spans.path, logs.path])
    }
  }

  @Test func aTraceIsATreeWithItsLogsStacksAndCausesInPlace() async throws {
    try await withFiles { files in
      let result = try run(spoor, ["trace", "463ac35c"] + files)
      #expect(result.status == 0)
      #expect(!result.output.contains("\u{1B}"))
      for part in [
        "463ac35c9f6413ad48485a3953bb6124", "412 ms   4 services   4 spans   2 errors   2023-11-07 14:23:01.234Z",
        "├ reserve", "└ charge ✗", "14:23:01.579 warning payment_timeout retry_count=2",
        "PaymentTimeout: no answer in 300 ms   (handled)", "at PaymentClient.charge(_:)", "PaymentClient.swift:42",
        "… 2 frames of the runtime", "caused by HTTPTimeout: read timed out", "? (not received)", "▒", "interrupted",
        "critical path: ", "charge, ", "of 412 ms",
      ] {
        #expect(result.output.contains(part), "\(part) in \(result.output)")
      }
      #expect(result.output.split(separator: "\n").filter { $0.contains("█") }.allSatisfy { $0.count <= 100 })
    }
  }

  @Test func anErrorThatComesAgainIsWrittenOnce() async throws {
    try await withScratch { directory in
      let log = directory.appending(path: "retries.log")
      func line(_ second: Int, _ attempt: Int, _ message: String) -> String {
        #"{"timestamp":"2023-11-07T14:23:0\#(second)Z","level":"warning","service":"receipts","trace_id":"463ac35c9f6413ad48485a3953bb6124","#
          + #""event":"sale_retried","attempt":\#(attempt),"error.type":"NumberFormatException","#
          + #""error.message":"\#(message)","error.stack_trace":"VatRate.parse at VatRate.java:41"}"# + "\n"
      }
      let lines = (1...4).map { line($0, $0, "19,0") } + [line(5, 5, "7,0"), line(6, 6, "19,0")]
      try Data(lines.joined().utf8).write(to: log)
      func count(_ text: String, _ arguments: [String] = []) throws -> Int {
        try run(spoor, ["trace", "463ac35c", log.path] + arguments).output.components(separatedBy: text).count - 1
      }
      #expect(try count("sale_retried attempt=") == 6)
      #expect(try count("NumberFormatException: 19,0") == 1)
      #expect(try count("NumberFormatException: 7,0") == 1)
      #expect(try count("VatRate.java:41") == 2)
      #expect(try count("the same error again") == 4)
      #expect(try count("NumberFormatException: 19,0", ["--details"]) == 5)
    }
  }

  @Test(arguments: [
    "\u{1B}]0;owned\u{07}", "\u{1B}[2J", "\u{9B}31m", "\u{202E}gnp.exe", "\u{2066}x\u{2069}", "a\u{2028}b",
  ])
  func nothingOfASpanOrARecordActsOnTheTerminal(hostile: String) async throws {
    try await withScratch { directory in
      let span: [String: Any] = [
        "traceId": "463ac35c9f6413ad48485a3953bb6124", "id": "1", "name": hostile, "timestamp": 1_699_366_981_234_000,
        "duration": 412_000, "localEndpoint": ["serviceName": hostile], "remoteEndpoint": ["serviceName": hostile],
        "tags": ["error": hostile, hostile: hostile],
        "annotations": [["timestamp": 1_699_366_981_234_001, "value": hostile]],
      ]
      let record: [String: Any] = [
        "timestamp": "2023-11-07T14:23:01.579Z", "level": hostile, "service": hostile, "event": hostile,
        "trace_id": "463ac35c9f6413ad48485a3953bb6124", "span_id": "0000000000000001", hostile: hostile,
        "error.type": hostile, "error.message": hostile, "error.stack_trace": hostile,
        "error.causes": [["type": hostile, "message": hostile]],
      ]
      let (spans, logs) = (directory.appending(path: "spans.json"), directory.appending(path: "a.log"))
      try JSONSerialization.data(withJSONObject: [span]).write(to: spans)
      try JSONSerialization.data(withJSONObject: record).write(to: logs)
      let forbidden = hostile.unicodeScalars.filter { $0.value < 0x20 || $0.value >= 0x7F }
      for arguments in [["trace", "463ac"], ["diff", "463ac", "463ac"]] {
        let shown = try run(spoor, arguments + [spans.path, logs.path]).output
        #expect(!shown.isEmpty && !forbidden.isEmpty)
        for scalar in forbidden { #expect(!shown.unicodeScalars.contains(scalar), "\(arguments) \(scalar.value)") }
      }
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScriptsKnowTheCommands(shell: String) throws {
    let script = try run(spoor, ["--generate-completion-script", shell])
    #expect(script.status == 0)
    for word in ["collect", "trace", "grep", "diff", "journal", "since"] { #expect(script.output.contains(word)) }
    guard shell == "bash" else { return }
    let check = try run(URL(filePath: "/bin/bash"), ["-n"], input: Data(script.output.utf8))
    #expect(check.status == 0, "\(check.errors)")
  }

  @Test func coloursComeWhenAskedForOnly() async throws {
    try await withFiles { files in
      let isColoured = try run(spoor, ["trace", "--last", "--color", "always"] + files).output.contains("\u{1B}[31m")
      #expect(isColoured)
      let isColouredInAPipe = try run(spoor, ["trace", "--last"] + files).output.contains("\u{1B}")
      #expect(!isColouredInAPipe)
    }
  }

  @Test func whatIsPrintedAsJSONCanBeReadAgain() async throws {
    try await withFiles { files in
      let json = try run(spoor, ["trace", "--errors", "--json"] + files).output
      let again = try run(spoor, ["trace", "-"], input: Data(json.utf8))
      let same = try run(spoor, ["trace", "463ac"] + files)
      #expect(again.output == same.output)
    }
  }

  @Test func whatIsNotThereIsOneAndWhatIsAskedWronglyIsTwo() async throws {
    try await withFiles { files in
      let cases: [(arguments: [String], status: Int32)] = [
        (["5af"] + files, 1), ([], 2), (["--last", "/nowhere.json"], 2),
        (["--last", "--collector", "http://127.0.0.1:1"], 2),
      ]
      for (arguments, status) in cases {
        let answer = try run(spoor, ["trace"] + arguments)
        #expect(answer.status == status, "\(arguments): \(answer.errors)")
      }
    }
  }

  @Test func aDifferenceSaysWhatIsSlowerNewAndMissing() async throws {
    try await withScratch { directory in
      let (one, other) = (directory.appending(path: "1.json"), directory.appending(path: "2.json"))
      try Data(Self.spans.utf8).write(to: one)
      let changed = Self.spans.replacing("463ac35c9f6413ad48485a3953bb6124", with: "5af7183fb1d4cf5f").replacing(
        "31000", with: "131000"
      )
      .replacing("\"charge\"", with: "\"refund\"")
      try Data(changed.utf8).write(to: other)
      let result = try run(spoor, ["diff", "463ac", "5af71", one.path, other.path])
      #expect(result.status == 0)
      for part in [
        "✗ gateway post /orders › payment refund: no answer", "+100 ms", "31 ms → 131 ms",
        "+ gateway post /orders › payment refund", "- gateway post /orders › payment charge",
      ] {
        #expect(result.output.contains(part), "\(part) in \(result.output)")
      }
      // What fails now comes first, then what is new or missing, then what is slower.
      let heads = result.output.split(separator: "\n").filter {
        ["fails now", "new", "missing", "slower"].contains($0)
      }
      #expect(heads == ["fails now", "new", "missing", "slower"], "\(result.output)")
    }
  }

  @Test func aTraceComesFromARunningCollectorWithItsLogs() async throws {
    let process = Process()
    process.executableURL = spoor
    process.arguments = ["collect", "--port", "0", "--otlp-port", "0"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    defer {
      process.terminate()
      process.waitUntilExit()
    }
    let ready = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let address = try #require(ready.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+/)).output
    let curl = URL(filePath: "/usr/bin/curl")
    for (path, body) in [("/api/v2/spans", Self.spans), ("/logs", Self.logs)] {
      let sent = try run(
        curl, ["-sf", "-X", "POST", "-H", "Content-Type: application/json", "--data-binary", "@-", address + path],
        input: Data(body.utf8))
      #expect(sent.status == 0, "\(sent)")
    }
    for arguments in [["463ac35c9f6413ad48485a3953bb6124"], ["463ac35c"], ["--last"], ["--errors"], ["--slow"]] {
      let result = try run(spoor, ["trace", "--collector", String(address)] + arguments)
      #expect(result.status == 0, "\(arguments) \(result.errors)")
      #expect(result.output.contains("└ charge ✗"), "\(result.output)")
      #expect(result.output.contains("warning payment_timeout"), "\(result.output)")
    }
  }
}
