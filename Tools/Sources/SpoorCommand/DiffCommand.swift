// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorLogs
import SpoorModel
import SpoorSources
import SpoorTerminal

/// `spoor diff`
struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compares two traces: slower, new and missing spans and log records.",
    discussion: """
      Spans match if their services, names, parents and positions among equal siblings match, log records if their
      services and events match.
      Exit status: 0, 1 if there is no such trace, 2 after an error.

      Examples:
        spoor diff 463ac35c 5af7183f
        spoor diff 463ac35c 5af7183f monday.json tuesday.json
      """)

  @Argument(help: "The beginning of the id of the first trace, the baseline.")
  var before: String

  @Argument(help: "The beginning of the id of the second trace.")
  var after: String

  @Argument(help: "Files; without files the traces come from the collector.", completion: .file())
  var files: [String] = []

  @OptionGroup var source: TraceSource
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    try await reportingFailures {
      let traces = source.opened(files)
      let (one, other) = (try await traces.trace(before), try await traces.trace(after))
      let style = terminal.style
      let records = RecordDifference(one.records, other.records)
      var lines: [String] = []
      if one.spans.isEmpty, other.spans.isEmpty {
        lines = [one, other].map { document in
          let id = document.logs.first?.traceID.map { PlainText.of($0) } ?? "–"
          return "\(id)  \(TraceView.count(document.logs.count, "log record")), no spans"
        }
        if records.isEmpty { lines += ["", "no difference"] }
      } else {
        lines = TraceDifference(TraceTree(one.spans), TraceTree(other.spans)).lines(style: style)
      }
      var output = Output()
      for line in lines + records.lines(style: style) { output.line(line) }
      output.flush()
    }
  }
}
