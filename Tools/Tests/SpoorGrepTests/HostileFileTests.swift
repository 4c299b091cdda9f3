// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorCommand

/// The terminal commands with hostile input. `scripts/hostile.sh terminal` has 900 runs.
@Suite struct HostileFileTests {
  /// Whether a terminal would interpret a character.
  private static func isActing(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A: false
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func acting(in text: String) -> [UInt32] { text.unicodeScalars.filter(isActing).map(\.value) }

  @Test func namesOfFilesAndDirectoriesDoNotActOnTheTerminal() async throws {
    try await withScratch { directory in
      let hostile = directory.appending(path: "\u{1B}[31m\u{9B}2J\u{202E}log")
      try FileManager.default.createDirectory(at: hostile, withIntermediateDirectories: true)
      let missing = hostile.appending(path: "missing\u{1B}c").path
      try Data("garbage".utf8).write(to: hostile.appending(path: "file\u{1B}]0;x\u{07}.journal"))
      for arguments in [
        ["grep", "a=b", missing], ["grep", "a=b", hostile.path], ["trace", "--last", missing], ["trace", missing],
        ["diff", "\u{1B}c", "\u{1B}c", missing], ["journal", missing], ["journal", hostile.path],
        ["journal", hostile.path, "--show"], ["symbolicate", missing, "1"], ["grep", "--since", "\u{1B}c", missing],
        ["trace", "--collector", "\u{1B}c", "1"], ["\u{1B}c"], ["journal", "--timeout", "\u{1B}c", missing],
      ] {
        let result = try run(spoor, arguments)
        #expect((0...2).contains(result.status) || result.status == 64, "\(arguments) \(result.status)")
        #expect(Self.acting(in: result.output + result.errors).isEmpty, "\(arguments) \(result.errors)")
      }
    }
  }

  @Test(arguments: [
    ("{\"event\":\"\u{1B}[2J\"}\n", #"{"event":"\u001b[2J"}"#), ("plain \u{1B}[2J\n", "plain ·[2J"),
    ("{\"event\":\"ok\"}\n", #"{"event":"ok"}"#), ("{\"event\":\"\\u001b\"}\n", #"{"event":"\u001b"}"#),
  ])
  func aReplayedLineDoesNotActOnTheTerminal(line: String, shown: String) {
    for isTerminal in [true, false] {
      let text = String(decoding: JournalReport.replayed(Array(line.utf8), isTerminal: isTerminal), as: UTF8.self)
      #expect(text == shown + "\n")
    }
    let wide = JournalReport.replayed(Array("{\"event\":\"\u{9B}31m\u{202E}\"}\n".utf8), isTerminal: true)
    #expect(Self.acting(in: String(decoding: wide, as: UTF8.self)).isEmpty)
  }

  @Test func aRecordWithRawControlCharactersIsPrintedEncoded() async throws {
    let line = Data("{\"level\":\"error\",\"event\":\"\u{1B}[2J\"}\n".utf8)
    let result = try run(spoor, ["grep", "level=error", "-"], input: line)
    #expect(result.output == #"{"level":"error","event":"\u001b[2J"}"# + "\n")
  }

  @Test func tracesThatShareTheLowerHalfOfTheirIdsAreShownApart() async throws {
    try await withScratch { directory in
      let (one, other) = (
        String(repeating: "1", count: 32), String(repeating: "2", count: 16) + String(repeating: "1", count: 16)
      )
      let narrow = String(one.suffix(16))
      let file = directory.appending(path: "spans.json")
      let log = directory.appending(path: "a.log")
      func span(_ trace: String, _ name: String) -> String {
        #"{"traceId":"\#(trace)","id":"\#(name.utf8.first.map(String.init) ?? "1")","name":"\#(name)","timestamp":1}"#
      }
      try Data("[\(span(one, "one")),\(span(other, "two")),\(span(narrow, "narrow"))]".utf8).write(to: file)
      try Data(#"{"timestamp":"2023-11-07T14:23:01Z","trace_id":"\#(other)","event":"of_two"}"#.utf8).write(to: log)
      let first = try run(spoor, ["trace", one, file.path, log.path]).output
      #expect(first.contains("one") && first.contains("narrow") && !first.contains("two"), "\(first)")
      let second = try run(spoor, ["trace", other, file.path, log.path]).output
      #expect(second.contains("two") && second.contains("of_two") && !second.contains("narrow"), "\(second)")
      #expect(try run(spoor, ["diff", one, other, file.path]).output.contains("+ ? two"))
    }
  }

  @Test func aSpanThatCannotBeReadCostsOnlyItself() async throws {
    let document = #"""
      {"spans":[{"traceId":"1","id":"1","name":"good","timestamp":1},{"id":"2"},7,{"traceId":"1","id":"3","name":"also",
      "timestamp":4611686018427387904,"duration":4611686018427387904}],"logs":[{"trace_id":"1","n":1e999},5,"x"]}
      """#
    let result = try run(spoor, ["trace", "-"], input: Data(document.utf8))
    #expect(result.status == 0 && result.output.contains("good") && result.output.contains("also"), "\(result)")
    #expect(result.errors.contains("spans that cannot be read: 2"), "\(result.errors)")
    let json = try run(spoor, ["trace", "--json", "-"], input: Data(document.utf8)).output
    #expect((try? JSONSerialization.jsonObject(with: Data(json.utf8))) != nil, "\(json)")
  }

  @Test(arguments: [
    "[[[[[[]]]]]]", "[", "{", "{\"spans\":", "{\"spans\":[1,[2]],\"logs\":{}}", "\u{FEFF}[]", "null", "[null]", "\u{0}",
    "[{\"traceId\":\"1\",\"id\":\"1\",\"timestamp\":9223372036854775807,\"duration\":9223372036854775807}]",
  ])
  func anyDocumentEndsWithAnExitStatus(document: String) async throws {
    for arguments in [["trace", "-"], ["trace", "--slow", "-"], ["diff", "1", "1", "-"]] {
      let result = try run(spoor, arguments, input: Data(document.utf8))
      #expect((0...2).contains(result.status), "\(arguments): \(result)")
    }
  }
}
