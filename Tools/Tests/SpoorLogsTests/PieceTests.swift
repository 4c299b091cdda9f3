// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorLogs

/// Files that are read in pieces by several threads: the result is that of one thread that reads line after line,
/// wherever the pieces begin.
@Suite struct PieceTests {
  /// What a search returns.
  fileprivate struct Result: Equatable {
    var lines: [String] = []
    var times: [Int64] = []
    var counts: [UInt64] = []
    var firstOther: UInt64?
  }

  private static func search(_ path: String, _ query: LogQuery, cores: Int, pieceSize: Int?) throws -> Result {
    var result = Result()
    let reader = try LogReader(path: path, query: query, content: .lines, passesOther: query == .everything)
    if cores > 0 {
      var merge = LogMerge([reader], cores: cores, pieceSize: pieceSize)
      while let match = merge.next() { result.add(match) }
      merge.close()
    } else {
      while let match = reader.next() { result.add(match) }
    }
    result.counts = [reader.lineCount, reader.otherCount]
    result.firstOther = reader.firstOtherLine
    return result
  }

  private static func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "spoor-pieces-\(UUID().uuidString).log")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path)
  }

  private static let queries = [
    "", "level>=warning", "order_id=ORD2", "ORD2", "463ac35c", "not level=info", "n>3", "event~^p or n=2",
  ]

  @Test func theResultDoesNotDependOnWherePiecesBegin() throws {
    let seed = UInt64.random(in: 1...UInt64.max)
    print("PieceTests seed \(seed)")
    var random = Seeded(state: seed)
    for _ in 0..<15 {
      let bytes = try LogTexts.mixed(&random)
      try Self.withFile(bytes) { path in
        for text in Self.queries {
          let query = try QueryParser.parse(text.isEmpty ? [] : [text], now: 0)
          let expected = try Self.search(path, query, cores: 0, pieceSize: nil)
          for (cores, size) in [(1, 100), (2, 1), (2, 700), (3, 5_000)] {
            let result = try Self.search(path, query, cores: cores, pieceSize: size)
            #expect(result == expected, "\(text), \(cores) cores, pieces of \(size) bytes")
            if result != expected { return }
          }
        }
      }
    }
  }

  @Test func aRecordLongerThanAPieceAndOneLongerThanALineMayBe() throws {
    let long = #"{"event":"long","text":"\#(String(repeating: "x", count: 300_000))","n":5}"#
    let tooLong = #"{"event":"too long","text":"\#(String(repeating: "x", count: LineSource.maximumLine))"}"#
    let text = [#"{"n":4}"#, long, tooLong, #"{"n":6}"#].joined(separator: "\n")
    try Self.withFile(Array(text.utf8)) { path in
      let query = try QueryParser.parse(["n>3"], now: 0)
      let result = try Self.search(path, query, cores: 2, pieceSize: 64)
      #expect(result.lines == [#"{"n":4}"#, long, #"{"n":6}"#])
    }
  }

  @Test func prettyPrintedRecordsAreReadAcrossPieces() throws {
    let record = "{\n  \"level\": \"error\",\n  \"n\": 7\n}\n"
    try Self.withFile(Array(String(repeating: record, count: 500).utf8)) { path in
      let query = try QueryParser.parse(["n=7"], now: 0)
      #expect(try Self.search(path, query, cores: 2, pieceSize: 256).lines.count == 500)
    }
  }
}

extension PieceTests.Result {
  fileprivate mutating func add(_ match: LogReader.Match) {
    lines.append((match.isRecord ? "" : "other: ") + String(decoding: match.line, as: UTF8.self))
    times.append(match.time)
  }
}

/// Texts of logs for comparisons.
enum LogTexts {
  private static let samples = [
    "cri-partial", "cri", "datadog", "docker", "ecs", "gcp", "kubectl", "logback", "mixed", "otel", "pino", "slog",
    "zap", "zerolog",
  ]

  /// Lines of all samples and carriers, some of them changed at random, in any order.
  static func mixed(_ random: inout Seeded) throws -> [UInt8] {
    var texts = try samples.map { try sample($0) } + CarrierTests.carriers.map { Array($0.1.utf8) }
    texts += (0..<8).map { Array(#"{"level":"info","ts":\#(1_764_321_601 + $0),"n":\#($0),"event":"plain"}"#.utf8) }
    texts.append(Array("{\n  \"level\": \"error\",\n  \"n\": 7,\n  \"order_id\": \"ORD2\"\n}".utf8))
    texts.append(Array(#"[{"n":4,"level":"warn"},{"n":5,"order_id":"ORD2"}]"#.utf8))
    texts.append(Array("2025-11-28T09:20:01.6Z stdout P {\"event\":\"cut\",\"order_".utf8))
    texts.append(Array("2025-11-28T09:20:01.6Z stdout F id\":\"ORD2\"}".utf8))
    texts.append(Array("Traceback (most recent call last):".utf8))
    texts.append([])
    // A file is mostly of one kind.
    let kinds = (0..<Int.random(in: 1...6, using: &random)).compactMap { _ in texts.randomElement(using: &random) }
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...60, using: &random) {
      var text = (Bool.random(using: &random) ? kinds : texts).randomElement(using: &random) ?? []
      if Int.random(in: 0..<4, using: &random) == 0 { mutate(&text, &random) }
      bytes += text
      if Int.random(in: 0..<40, using: &random) != 0 { bytes.append(0x0A) }
    }
    return bytes
  }

  /// Replaces, removes or inserts some bytes.
  static func mutate(_ text: inout [UInt8], _ random: inout Seeded) {
    // Without a dash: a search for an id does not find one with a dash within its first digits in every piece.
    let alphabet = Array("\"\\{}[]:,0123456789.eE+tfn \n\r\t\u{0}é".utf8) + [0xFF, 0x7F]
    for _ in 0..<Int.random(in: 1...4, using: &random) where !text.isEmpty {
      let index = Int.random(in: text.indices, using: &random)
      let byte = alphabet.randomElement(using: &random) ?? 0
      switch Int.random(in: 0..<3, using: &random) {
      case 0: text[index] = byte
      case 1: text.remove(at: index)
      default: text.insert(byte, at: index)
      }
    }
  }
}
