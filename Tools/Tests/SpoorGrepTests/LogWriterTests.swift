// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorLogs

/// Logs of real libraries, of Python, Go and Spoor with all of its presets, in every carrier: each query finds the
/// right records, byte-identical to what the library wrote.
@Suite struct LogWriterTests {
  /// Three records: ORD1 at level info, ORD2 warning, ORD3 error with its error.
  private static func written(by writer: String) throws -> [String] {
    let words = writer.split(separator: " ").map(String.init)
    let result =
      switch words[0] {
      case "python":
        try run(
          URL(filePath: try python.get()), [root.appending(path: "Tests/Peers/python/write_logs.py").path, words[1]])
      case "go": try run(URL(filePath: try goLogs.get()), [words[1]])
      default:
        try run(
          spoor.deletingLastPathComponent().appending(path: "PresetWriter"), [],
          environment: [
            "SPOOR_LOG_PRESET": words[1], "SPOOR_JOURNAL": "off", "SPOOR_LOG_FORMAT": "json",
            "SPOOR_LOG_GOOGLE_CLOUD_PROJECT": "shop",
          ])
      }
    #expect(result.status == 0, "\(writer): \(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    try #require(lines.count >= 3, "\(writer): \(result.output)")
    return lines.filter { $0.contains(#""ORD"#) }
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    .standardizedFileURL
  private static let python = Result {
    try run(root.appending(path: "scripts/python-env.sh"), []).output.trimmingCharacters(in: .whitespacesAndNewlines)
  }
  private static let goLogs = Result { () -> String in
    let output = FileManager.default.temporaryDirectory.appending(path: "spoor-go-logs").path
    let built = try run(root.appending(path: "Tests/Peers/build-go-logs.sh"), [output])
    #expect(built.status == 0, "\(built.errors)")
    return output
  }

  private static let writers = [
    "python structlog", "python python-json-logger", "python ecs-logging", "python loguru", "go zap", "go zerolog",
    "preset spoor", "preset ecs", "preset gcp", "preset datadog",
  ]

  private static let queries: [(query: [String], orders: [Int])] = [
    (["level=info"], [1]), (["level>=warning"], [2, 3]), (["level==error"], [3]), (["severity=warn"], [2]),
    (["level<error"], [1, 2]), (["not level=info"], [2, 3]), (["event=stock low"], [2]), (["message~^pay"], [3]),
    (["event~pay.*d"], [3]), (["msg:order placed"], [1]), (["order_id=ORD2"], [2]), (["ORD3"], [3]),
    (["order_id=ORD1 or order_id=ORD3"], [1, 3]), (["-i", "ord2"], [2]), (["-v", "ORD2"], [1, 3]), (["ORD1"], [1]),
    (["--since", "1h"], [1, 2, 3]), (["--until", "2020-01-01"], []), (["timestamp>2020-01-01"], [1, 2, 3]),
    (["no answer in 300 ms"], [3]), (["order_id~[13]$", "level=error"], [3]),
  ]

  /// The forms in which carriers wrap a record.
  private static let carriers: [(name: String, wrap: @Sendable (String) -> String)] = [
    ("bare", { $0 }), ("CRI", { "2025-11-28T09:20:01.6Z stdout F \($0)" }),
    ("Docker", { #"{"log":\#(JSONText.quoted($0 + "\n")),"stream":"stdout","time":"2025-11-28T09:20:01.6Z"}"# }),
    ("journald", { #"{"MESSAGE":\#(JSONText.quoted($0)),"__REALTIME_TIMESTAMP":"1764321601600000"}"# }),
    ("kubectl --prefix", { "[pod/orders-7d9/orders] \($0)" }), ("docker compose", { "orders-1  | \($0)" }),
    ("syslog", { "Nov 28 09:20:01 host app[12]: @cee:\($0)" }),
  ]

  @Test(arguments: writers)
  func everyQueryFindsTheRecordsOfARealLibraryInEveryCarrier(writer: String) throws {
    let lines = try Self.written(by: writer)
    try #require(lines.count == 3)
    let records = lines.compactMap { LogRecord($0.utf8) }
    let trace = try #require(records.first?.traceID)
    let queries =
      Self.queries + [
        ([trace], [1, 2, 3]), ([trace.uppercased()], [1, 2, 3]), ([String(trace.prefix(10))], [1, 2, 3]),
        (["trace_id=\(trace)"], [1, 2, 3]), (["00-\(trace)-48485a3953bb6124-01"], [1, 2, 3]),
      ]
    for carrier in Self.carriers {
      // Records of another trace around them, so that a query that matches everything is noticed.
      let other =
        #"{"timestamp":"2001-01-01T00:00:00Z","level":"debug","event":"other","trace_id":"77","order_id":"X"}"#
      let text = ([other] + lines + [other]).map(carrier.wrap).joined(separator: "\n")
      for (query, orders) in queries {
        let expected = orders.map { lines[$0 - 1] }
        let found = try found(query, in: text)
        let own = found.filter { !$0.contains(#""order_id":"X""#) }
        #expect(own == expected, "\(writer), \(carrier.name): \(query)")
      }
    }
    for record in records { #expect(record.service != "" && record.spanID != nil, "\(writer)") }
    #expect(records[2].failure?.text.contains("no answer in 300 ms") == true, "\(writer): \(records[2].failure ?? nil)")
  }

  /// The JSON of the records that arguments of the command find, through the same reader as the command.
  private func found(_ arguments: [String], in text: String) throws -> [String] {
    var (words, ignoresCase, inverts) = (arguments, false, false)
    var (from, to): (Int64?, Int64?) = (nil, nil)
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
    while let option = words.first, option.hasPrefix("-") {
      words.removeFirst()
      switch option {
      case "-i": ignoresCase = true
      case "-v": inverts = true
      case "--since": from = Timestamp.argument(words.removeFirst(), now: now)
      default: to = Timestamp.argument(words.removeFirst(), now: now)
      }
    }
    var query = try QueryParser.parse(words, ignoresCase: ignoresCase, now: now)
    if inverts { query = .not(query) }
    if from != nil || to != nil { query = query.and(.time(from: from, before: to)) }
    let reader = RecordReader(MemorySource(Array(text.utf8)))
    var found: [String] = []
    while let item = try reader.next(literals: query.literals) {
      if case .record(let view) = item, query.matches(view) {
        found.append(String(decoding: LogRecord(view).json, as: UTF8.self))
      }
    }
    return found
  }

  @Test(arguments: ["python structlog", "go zap", "preset gcp"])
  func theCommandAndJQAgree(writer: String) throws {
    let text = try Self.written(by: writer).joined(separator: "\n") + "\n"
    let mine = try run(spoor, ["grep", "order_id=ORD2"], input: Data(text.utf8))
    let theirs = try run(
      URL(filePath: "/usr/bin/jq"), ["-cr", #"select(.order_id == "ORD2")"#], input: Data(text.utf8))
    #expect(mine.status == 0 && !theirs.output.isEmpty)
    // jq writes numbers and escapes its own way, so its output is compared as it reads the command's.
    let read = try run(URL(filePath: "/usr/bin/jq"), ["-cr", "."], input: Data(mine.output.utf8))
    #expect(read.output == theirs.output)
    #expect(text.contains(mine.output))
  }
}
