// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorModel
import SpoorSources
import SpoorTerminal

/// `spoor diff`
struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compares two traces: slower, new and missing spans.",
    discussion: """
      Spans match if their services, names, parents and positions among equal siblings match.
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
      let one = TraceTree(try await traces.trace(before).spans)
      let other = TraceTree(try await traces.trace(after).spans)
      var output = Output()
      for line in TraceDifference(one, other).lines(style: terminal.style) { output.line(line) }
      output.flush()
    }
  }
}
