// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorGrep
@testable import SpoorLogs

/// `spoor grep` from the command line: the built command, real files, real compressors.
@Suite struct GrepCommandTests {
  private static func line(_ second: Int, _ trace: String, _ event: String) -> String {
    let time = "2023-11-07T14:23:\(second < 10 ? "0" : "")\(second).000Z"
    let head = #"{"timestamp":"\#(time)","level":"info","service":"s","trace_id":"\#(trace)""#
    return head + #","event":"\#(event)","n":\#(second)}"#
  }

  private struct Answer {
    let status: Int32
    let lines: [String]
    let errors: String
  }

  private func grep(_ arguments: String..., input: String = "") throws -> Answer {
    let result = try run(spoor, ["grep"] + arguments, input: Data(input.utf8), environment: ["NO_COLOR": "1"])
    return Answer(
      status: result.status, lines: result.output.split(separator: "\n").map(String.init), errors: result.errors)
  }

  @Test func manyFilesPlainAndPackedAreMergedByTime() async throws {
    try await withScratch { directory in
      let texts = [
        "a.log": [1, 4, 7], "b.log": [2, 5, 8], "c.log": [3, 6, 9],
      ].mapValues { $0.map { Self.line($0, "abc\($0)", "e") }.joined(separator: "\n") + "\n" }
      for (name, text) in texts { try Data(text.utf8).write(to: directory.appending(path: name)) }
      try run(URL(filePath: "/usr/bin/gzip"), [directory.appending(path: "b.log").path])
      let packed = try zstd(Data(texts["c.log", default: ""].utf8))
      try packed.write(to: directory.appending(path: "c.log"))
      let files = ["a.log", "b.log.gz", "c.log"].map { directory.appending(path: $0).path }
      let result = try grep("abc", files[0], files[1], files[2])
      #expect(result.status == 0)
      #expect(result.lines == (1...9).map { Self.line($0, "abc\($0)", "e") })
    }
  }

  @Test func exitCodesAreThoseOfGrep() async throws {
    try await withScratch { directory in
      let file = directory.appending(path: "a.log").path
      try Data((Self.line(1, "abc", "e") + "\n").utf8).write(to: URL(filePath: file))
      let cases: [(arguments: [String], status: Int32)] = [
        (["abc", file], 0), (["abd", file], 1), (["abc", file, "/nowhere/x.log"], 2),
        (["-q", "abc", file, "/nowhere/x.log"], 0), (["--since", "soon", file], 2), (["/nowhere/x.log"], 2),
        (["misspelled.log"], 2), (["event~(", file], 2), (["--nonsense"], 2),
        (["abc", directory.path], 0), (["abd", directory.path], 1), (["abc", directory.path + "/none/"], 2),
      ]
      for (arguments, status) in cases {
        let answer = try run(spoor, ["grep"] + arguments)
        #expect(answer.status == status, "\(arguments): \(answer.errors)")
      }
    }
  }

  @Test func aLineWithoutAnEndAndAnEmptyFileAreFine() throws {
    let unended = try grep("event=e", input: Self.line(1, "a", "e")).lines.count
    #expect(unended == 1)
    let empty = try grep("event=e", input: "").status
    #expect(empty == 1)
  }

  @Test func linesOfAnyLengthAreWhole() throws {
    let long = Self.line(1, "a", String(repeating: "x", count: 3 << 20) + "end")
    let input = [Self.line(2, "b", "y"), long, Self.line(3, "c", "z")].joined(separator: "\n") + "\n"
    let result = try grep("event~end", input: input)
    #expect(result.lines == [long])
    let next = try grep("event=z", input: input).lines
    #expect(next == [Self.line(3, "c", "z")])
  }

  @Test func aLineBeyondTheLimitIsPassedOverAndTheNextIsFound() throws {
    let long = Self.line(1, "a", String(repeating: "x", count: 17 << 20))
    let result = try grep("event~x", input: long + "\n" + Self.line(3, "c", "xyz") + "\n")
    #expect(result.lines == [Self.line(3, "c", "xyz")])
  }

  @Test func timesBoundWhatIsShown() throws {
    let input = (1...9).map { Self.line($0, "a", "e") }.joined(separator: "\n")
    let result = try grep(
      "event=e", "--since", "2023-11-07T14:23:03Z", "--until", "2023-11-07T14:23:05Z", input: input)
    #expect(result.lines == [Self.line(3, "a", "e"), Self.line(4, "a", "e")])
    let recent = try grep("event=e", "--since", "-1h", input: input).status
    #expect(recent == 1)
  }

  @Test func linesThatAreNoJSONAreSkippedOrPassed() throws {
    let input = "boot\n" + Self.line(1, "a", "e") + "\n" + Self.line(2, "a", "f") + "\ntrap\n"
    let skipped = try grep("event=e", input: input).lines
    #expect(skipped == [Self.line(1, "a", "e")])
    let passed = try grep("event=e", "--others", "pass", input: input).lines
    #expect(passed == ["boot", Self.line(1, "a", "e"), "trap"])
    let unmatched = try grep("event=x", "--others", "pass", input: input).status
    #expect(unmatched == 1)
  }

  @Test func countsAndLimits() throws {
    let input = (1...9).map { Self.line($0, "a", "e") }.joined(separator: "\n")
    let count = try grep("n>3", "-c", input: input).lines
    #expect(count == ["6"])
    let limited = try grep("n>3", "-m", "2", input: input).lines.count
    #expect(limited == 2)
  }

  @Test(arguments: [
    "\u{1B}]0;owned\u{07}", "\u{1B}[2J", "\u{9B}31m", "\u{202E}gnp.exe", "\u{2066}x\u{2069}", "a\u{2028}b",
  ])
  func nothingInALineReachesTheTerminal(hostile: String) throws {
    let record = String(decoding: try JSONEncoder().encode(["event": hostile, hostile: hostile]), as: UTF8.self)
    let input = record + "\n" + hostile + "\n"
    let result = try grep("--output", "console", "--others", "pass", input: input)
    #expect(result.lines.count == 2)
    let forbidden = hostile.unicodeScalars.filter { $0.value < 0x20 || $0.value >= 0x7F }
    #expect(!forbidden.isEmpty)
    for scalar in forbidden { #expect(!result.lines.joined().unicodeScalars.contains(scalar)) }
  }

  @Test func linesWithoutARecordAreNamedOnStandardError() throws {
    let input = "boot\n" + Self.line(1, "a", "e") + "\ntrap\n"
    let result = try grep("event=e", input: input)
    #expect(result.errors.contains("2 of 3 lines were not JSON records; first: standard input:1"))
    let clean = try grep("event=e", input: Self.line(1, "a", "e"))
    #expect(clean.errors == "")
  }

  @Test func usualFlagsOfGrepWork() throws {
    let input = (1...9).map { Self.line($0, "a", $0 == 5 ? "Pay" : "e\($0)") }.joined(separator: "\n")
    let around = try grep("event=Pay", "-C", "1", input: input).lines
    #expect(around == [Self.line(4, "a", "e4"), Self.line(5, "a", "Pay"), Self.line(6, "a", "e6")])
    let after = try grep("event=Pay", "-A", "2", input: input).lines.count
    #expect(after == 3)
    let ignoring = try grep("-i", "event=PAY", input: input).lines
    #expect(ignoring == [Self.line(5, "a", "Pay")])
    let inverted = try grep("-v", "event=Pay", "-c", input: input).lines
    #expect(inverted == ["8"])
    let fields = try grep("event=Pay", "-o", "level,event,n", input: input).lines
    #expect(fields == ["info\tPay\t5"])
  }

  @Test func aDamagedFileCostsOnlyItsOwnLines() async throws {
    try await withScratch { directory in
      let packed = directory.appending(path: "b.log")
      let lines = (1...2000).map { Self.line($0 % 60, "b", "e\($0)") }.joined(separator: "\n") + "\n"
      try Data(lines.utf8).write(to: packed)
      try run(URL(filePath: "/usr/bin/gzip"), [packed.path])
      let file = directory.appending(path: "b.log.gz")
      let whole = try Data(contentsOf: file)
      let good = directory.appending(path: "a.log")
      try Data((Self.line(1, "a", "first") + "\n").utf8).write(to: good)
      for (name, bytes) in [
        ("cut", whole.dropLast(whole.count / 2)), ("zeros", whole + Data(count: 512)),
        ("garbage", whole + Data("x".utf8)),
      ] {
        try bytes.write(to: file)
        let result = try grep("event~.", good.path, file.path, good.path)
        let own = result.lines.filter { $0.contains("\"first\"") }.count
        #expect(own == 2, "\(name)")
        let others = result.lines.count - own
        #expect(name == "cut" ? others > 100 && others < 2000 : others == 2000, "\(name): \(others)")
        #expect(result.status == (name == "zeros" ? 0 : 2), "\(name): \(result.errors)")
        if name != "zeros" { #expect(result.errors.contains("b.log.gz"), "\(name)") }
      }
    }
  }

  @Test func whatComesThroughALivePipeIsShownAtOnce() async throws {
    let process = Process()
    process.executableURL = spoor
    process.arguments = ["grep", "level=info"]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    defer { process.terminate() }
    try input.fileHandleForWriting.write(contentsOf: Data((Self.line(1, "a", "e") + "\n").utf8))
    // The record is shown although the pipe stays open.
    let shown = output.fileHandleForReading.availableData
    #expect(String(decoding: shown, as: UTF8.self) == Self.line(1, "a", "e") + "\n")
  }

  @Test func damagedPackedFilesAreErrors() async throws {
    try await withScratch { directory in
      for magic: [UInt8] in [[0x1F, 0x8B, 8, 0, 1, 2], [0x28, 0xB5, 0x2F, 0xFD, 1, 2, 3]] {
        let file = directory.appending(path: "x")
        try Data(magic + Array(repeating: 7, count: 40)).write(to: file)
        let result = try grep("a", file.path)
        #expect(result.status == 2)
        #expect(result.errors.contains("damaged") || result.errors.contains("cut short"))
      }
    }
  }

  @Test func followingGoesOnAcrossRotationAndTruncation() async throws {
    try await withScratch { directory in
      let file = directory.appending(path: "a.log")
      try Data((Self.line(1, "a", "e") + "\n").utf8).write(to: file)
      let reader = try LogReader(path: file.path, query: .everything, following: true)
      func events() -> [Int] {
        var found: [Int] = []
        while let match = reader.next() { found.append(Int(match.record?["n"]?.double ?? -1)) }
        return found
      }
      #expect(events() == [1])
      let handle = try FileHandle(forWritingTo: file)
      try handle.seekToEnd()
      let half = Self.line(2, "a", "e")
      try handle.write(contentsOf: Data(half.utf8.prefix(20)))
      #expect(events() == [])
      try handle.write(contentsOf: Data((half.dropFirst(20) + "\n").utf8))
      #expect(events() == [2])
      try FileManager.default.moveItem(at: file, to: directory.appending(path: "a.log.1"))
      try handle.write(contentsOf: Data((Self.line(3, "a", "e") + "\n").utf8))
      try Data((Self.line(4, "a", "e") + "\n").utf8).write(to: file)
      #expect(events() == [3, 4])
      try Data().write(to: file, options: [])
      let shorter = try FileHandle(forWritingTo: file)
      try shorter.truncate(atOffset: 0)
      #expect(events() == [])
      try shorter.write(contentsOf: Data((Self.line(5, "a", "e") + "\n").utf8))
      #expect(events() == [5])
    }
  }
}

/// Writes a zstd file with one frame of one raw block.
private func zstd(_ data: Data) throws -> Data {
  // RFC 8878: magic, a header with an 8-byte content size and a single segment, one last raw block.
  var frame = Data([0x28, 0xB5, 0x2F, 0xFD, 0xE0])
  unsafe withUnsafeBytes(of: UInt64(data.count).littleEndian) { unsafe frame.append(contentsOf: $0) }
  let header = UInt32(data.count) << 3 | 1
  unsafe withUnsafeBytes(of: header.littleEndian) { unsafe frame.append(contentsOf: $0.prefix(3)) }
  return frame + data
}
