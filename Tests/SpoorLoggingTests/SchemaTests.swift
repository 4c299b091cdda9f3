// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorStacks
import Testing

@testable import SpoorLogging

/// Every emitted record is valid according to another project's validator.
@Suite struct SchemaTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Runs a program and returns its output. The status must be 0.
  private func run(_ program: String, _ arguments: [String], input: Data = Data()) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try input.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    process.standardInput = try FileHandle(forReadingFrom: file)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func validate(_ lines: [String]) throws -> Int? {
    let python = try run(Self.root.appending(path: "scripts/python-env.sh").path, [])
    return Int(
      try run(
        python,
        [
          Self.root.appending(path: "Tests/Peers/python/validate_lines.py").path,
          Self.root.appending(path: "schemas/log-record.schema.json").path,
        ], input: Data((lines.joined(separator: "\n") + "\n").utf8)))
  }

  @Test func everyRecordIsValid() throws {
    let trace = LogTrace(traceIDHigh: 0, traceIDLow: 1, spanID: 2, isSampled: true)
    var failure = FailureFields(type: "Oops", message: "it broke\nhere")
    failure.stackTrace = "a at a.swift:1\nb at b.swift:2"
    failure.causes = [.init(type: "Cause", message: "")]
    failure.spans = ["a", "\u{2028}"]
    failure.isHandled = false
    failure.fingerprint = "0123456789abcdef"
    var lines: [String] = []
    let hostile = [
      "", "\"", "\\", "\n", "\u{0}", "\u{1B}[31m", "\u{7F}", "\u{85}", "\u{2028}", "\u{202E}", "😀", "<script>",
      String(repeating: "é", count: 10_000), "timestamp", "fields.level", "error.stack_trace",
    ]
    for text in hostile {
      lines.append(
        try encoded(
          text,
          fields: [
            text: .string(text), "array": .array([.string(text), .stringConvertible(1.5)]),
            "dictionary": .dictionary([text: .stringConvertible(true)]),
          ], failure: failure, trace: trace))
    }
    for digits in [3, 6, 9] {
      var settings = LogSettings(service: "x")
      settings.timestampDigits = digits
      lines.append(try encoded(settings: settings))
    }
    var many: Logger.Metadata = [:]
    for index in 0..<5_000 { many["field\(index)"] = .stringConvertible(index) }
    lines.append(try encoded(fields: many))
    #expect(try validate(lines) == lines.count)
  }
}
