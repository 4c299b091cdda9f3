// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorGrep
@testable import SpoorLogs

/// `spoor grep --by`.
@Suite struct GroupingTests {
  private func grep(_ arguments: [String], _ input: String) throws -> (lines: [String], status: Int32, errors: String) {
    let result = try run(spoor, ["grep"] + arguments, input: Data(input.utf8))
    return (result.output.split(separator: "\n").map(String.init), result.status, result.errors)
  }

  private static func record(_ second: Int, _ event: String, _ fields: String) -> String {
    let time = "2023-11-07T14:23:\(second < 10 ? "0" : "")\(second).000Z"
    return #"{"timestamp":"\#(time)","level":"info","event":"\#(event)","trace_id":"abc\#(second)"\#(fields)}"#
  }

  private static let log = [
    record(3, "a", #","n":1"#), record(1, "a", #","n":2"#), record(2, "b", #","n":1,"ms":40"#),
    record(12, "a", #","n":1,"ms":10.5"#), record(14, "a", ""),
  ].joined(separator: "\n")

  @Test func recordsAreCountedByTheirValuesWithTimesAndAnExample() throws {
    let result = try grep(["--by", "event,n"], Self.log)
    #expect(
      result.lines == [
        "count  first         last          event  n  trace_id",
        "    2  14:23:03.000  14:23:12.000  a      1  abc3",
        "    1  14:23:01.000  14:23:01.000  a      2  abc1",
        "    1  14:23:02.000  14:23:02.000  b      1  abc2",
        "    1  14:23:14.000  14:23:14.000  a      –  abc14",
        "5 records in 4 groups, 2023-11-07 UTC",
      ])
    let top = try grep(["--by", "event,n", "--top", "1"], Self.log).lines
    #expect(top.count == 4 && top[2] == "… 3 more groups (--top 4 shows them)")
    let chosen = try grep(["n=1", "--by", "event"], Self.log).lines
    #expect(chosen.last == "3 records in 2 groups, 2023-11-07 UTC")
  }

  @Test func timesAreCountedByInterval() throws {
    let lines = try grep(["--by", "timestamp/10s", "--stats", "ms"], Self.log).lines
    #expect(lines.count == 4)
    #expect(lines[1].hasPrefix("    3  14:23:01.000  14:23:03.000  2023-11-07T14:23:00.000Z"))
    #expect(lines[2].hasPrefix("    2  14:23:12.000  14:23:14.000  2023-11-07T14:23:10.000Z"))
    #expect(lines[1].split(separator: " ", omittingEmptySubsequences: true)[4...7] == ["40", "40", "40", "40"])
  }

  @Test func groupsAreJSONOnRequest() throws {
    struct Group: Decodable {
      let count: Int
      let by: [String: String?]
      let first: String
      let sample: [String: Scalar]
      struct Scalar: Decodable { init(from decoder: any Decoder) throws {} }
    }
    let lines = try grep(["--by", "event", "-o", "json"], Self.log).lines
    let groups = try lines.map { try JSONDecoder().decode(Group.self, from: Data($0.utf8)) }
    #expect(groups.map(\.count) == [4, 1])
    #expect(groups.map { $0.by["event"] } == ["a", "b"])
    #expect(groups[0].first == "2023-11-07T14:23:01.000Z" && groups[0].sample["trace_id"] != nil)
  }

  @Test(arguments: [
    (["--by", "event,"], "one is empty"), (["--by", "timestamp/ten"], "needs a duration"),
    (["--stats", "ms"], "--stats needs --by"), (["--by", "event", "--top", "0"], "--top must be at least 1"),
    (["--by", "event", "-f"], "cannot be used with --follow"),
  ])
  func wrongOptionsAreExplained(arguments: [String], part: String) throws {
    let result = try grep(arguments, Self.log)
    #expect(result.status == 2 && result.errors.contains(part), "\(result)")
  }

  @Test func noMatchIsStatusOneAndNoTable() throws {
    let result = try grep(["event=c", "--by", "n"], Self.log)
    #expect(result.status == 1 && result.lines.isEmpty)
  }

  @Test func percentilesAreOnePerCentOffAtMost() {
    var sketch = NumberSketch()
    for value in 1...10_000 { sketch.add(Double(value) / 10) }
    for (share, exact) in [(0.5, 500.0), (0.9, 900), (0.99, 990), (1, 1000)] {
      let value = sketch.percentile(share) ?? 0
      #expect(abs(value - exact) / exact < 0.011, "\(share): \(value)")
    }
    #expect(sketch.maximum == 1000)
    var signed = NumberSketch()
    for value in [-5.0, 0, 5, .nan, .infinity] { signed.add(value) }
    #expect(signed.count == 3)
    #expect(signed.percentile(0.5) == 0)
    #expect((signed.percentile(0.01) ?? 0) < -4.9 && (signed.percentile(0.01) ?? 0) > -5.1)
    #expect(NumberSketch().percentile(0.5) == nil)
  }
}

/// Groups that are counted in pieces by several threads.
@Suite struct PieceGroupsTests {
  private static func line(_ number: Int) -> String {
    // Some records have no time, no region, or one at the same time as another.
    let time = number % 7 == 0 ? "" : #""ts":\#(1_699_366_900_000 + number / 3 * 10),"#
    let region = number % 5 == 0 ? "" : #","order":{"region":"r\#(number % 4)"}"#
    return
      #"{\#(time)"level":"\#(number % 3 == 0 ? "warn" : "info")","n":\#(number),"event":"e\#(number % 2)"\#(region)}"#
  }

  @Test(arguments: [["event"], ["level", "order.region"], ["n"], ["timestamp/100ms"], ["absent"]])
  func theyAreThoseOfWholeRecordsOneAfterTheOther(names: [String]) async throws {
    try await withScratch { directory in
      let path = directory.appending(path: "a.log").path
      let lines = (0..<9_000).map { Self.line($0) }
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
      var expected: [[String?]: (count: Int, first: Int64?, sample: String, numbers: [Double])] = [:]
      for line in lines {
        let record = try #require(LogRecord(line.utf8))
        let values = names.map { name -> String? in
          guard name.contains("/") else { return record.field(name) }
          return record.time.map { RecordTime.text($0 - $0 % 100_000, isLocal: false) }
        }
        var group = expected[values] ?? (0, nil, line, [])
        group.count += 1
        group.numbers.append(record["n"]?.double ?? 0)
        if let time = record.time, time < group.first ?? .max { (group.first, group.sample) = (time, line) }
        expected[values] = group
      }
      var groups = RecordGroups(try names.map { try GroupField($0) }, measuring: "n")
      groups.count([try LogReader(path: path, query: .everything, content: .lines)], cores: 3, pieceSize: 4_096)
      #expect(groups.count == 9_000)
      #expect(groups.groupCount == expected.count)
      for group in groups.sorted {
        let other = try #require(expected[group.values], "\(group.values)")
        #expect(group.count == other.count)
        #expect(group.first == other.first)
        #expect(String(decoding: group.sample, as: UTF8.self) == other.sample)
        #expect(group.numbers.count == other.numbers.count)
        #expect(group.numbers.maximum == other.numbers.max())
      }
    }
  }
}
