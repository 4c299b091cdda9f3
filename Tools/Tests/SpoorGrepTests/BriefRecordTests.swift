// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorGrep
@testable import SpoorLogs

/// Statistics of failures read most records only in part; what they find must be what whole records give.
@Suite struct BriefRecordTests {
  private static let samples = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../SpoorLogsTests/Samples").standardizedFileURL

  @Test func theReportOfEachSampleIsThatOfItsWholeRecords() throws {
    let files = try FileManager.default.contentsOfDirectory(at: Self.samples, includingPropertiesForKeys: nil)
    #expect(files.count > 10)
    for file in files {
      try compare(
        try LogReader(path: file.path, query: .everything),
        LogReader(path: file.path, query: .everything, content: .brief))
    }
  }

  @Test func theReportOfMembersOfEveryKindIsThatOfWholeRecords() async throws {
    let long = String(repeating: "x", count: 65)
    let members = [
      #""a":1"#, #""a":-1"#, #""a":1.0"#, #""a":1.5e300"#, #""a":18446744073709551616"#, #""a":NaN"#, #""a":true"#,
      #""a":null"#, #""a":"""#, #""a":"text","a":"again""#, #""a":"\u00e9\n\"""#, #""a":"\#(long)""#,
      #""\#(long)\#(long)\#(long)\#(long)":1"#, #""a":{"b":1}"#, #""a":[1,2]"#, #""a.b":1,"c":{}"#,
      #""error.type":"E""#, #""err":"broken""#, #""error_count":3"#, #""stack":"f at g.swift:1""#, #""exception":null"#,
      #""fields":{"x":1}"#, #""record":"r""#, #""attributes":[{"key":"k","value":{"stringValue":"v"}}]"#,
      #""level":"error""#, #""level":"ERROR""#, #""severity":17"#, #""level":"odd""#, #""service":"s","name":"n""#,
      #""event":"process_interrupted""#, #""event":"process_started""#, #""span_id":"AB""#, #""error.handled":true"#,
    ]
    var lines = ""
    for (number, member) in members.enumerated() {
      for trace in [number, 1000] {
        lines +=
          #"{"timestamp":"2026-11-30T10:00:00.\#(100 + number)Z","trace_id":"\#(trace)","event":"e","# + "\(member)}\n"
      }
    }
    try await withScratch { folder in
      let file = folder.appending(path: "members.log")
      try Data(lines.utf8).write(to: file)
      let brief = try compare(
        LogReader(path: file.path, query: .everything), LogReader(path: file.path, query: .everything, content: .brief))
      #expect(brief > members.count)
    }
  }

  /// - Returns: the number of records of which only a part was kept.
  @discardableResult
  private func compare(_ whole: LogReader, _ brief: LogReader) throws -> Int {
    var (wholes, briefs) = (FailureReport(), FailureReport())
    while let record = whole.next()?.record { wholes.add(record) }
    var parts = 0
    while let record = brief.next()?.brief {
      briefs.add(record)
      if record.whole == nil { parts += 1 }
    }
    #expect(wholes.recordCount > 0 && briefs.recordCount == wholes.recordCount, "\(whole.path)")
    #expect(briefs.traceNumbers == wholes.traceNumbers)
    for (one, other) in zip(briefs.notes, wholes.notes) {
      let texts = [(one, briefs), (other, wholes)].map { note, report in
        Set(note.features.compactMap { report.features.text($0) })
      }
      #expect(texts[0] == texts[1], "\(whole.path)")
      #expect(one.failures.map(\.group) == other.failures.map(\.group))
      #expect(
        one.firstFeature.flatMap { briefs.features.text($0) } == other.firstFeature.flatMap { wholes.features.text($0) }
      )
    }
    #expect(FailureFindings(briefs).json(limit: 100) == FailureFindings(wholes).json(limit: 100))
    return parts
  }
}
