import ArgumentParser
import Foundation
import SpoorModel
import SpoorTerminal

/// `spoor diff`
struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Two traces side by side: what is slower, what is new, what is missing.",
    discussion: """
      Spans are the same when their services, names and those of the spans above them are, and their place among such.
      Exit status: 0, 1 if there is no such trace, 2 after an error.

      Examples:
        spoor diff 463ac35c 5af7183f
        spoor diff 463ac35c 5af7183f monday.json tuesday.json
      """)

  @Argument(help: "The beginning of the id of the trace that is compared with.")
  var before: String

  @Argument(help: "The beginning of the id of the trace that is compared.")
  var after: String

  @Argument(help: "Files; without any the collector is asked.", completion: .file())
  var files: [String] = []

  @OptionGroup var source: TraceSource
  @OptionGroup var terminal: TerminalOptions

  func run() async throws {
    try await reportingFailures {
      let one = TraceTree(try await source.trace(before, files: files).spans)
      let other = TraceTree(try await source.trace(after, files: files).spans)
      var output = Output()
      for line in TraceDifference(one, other).lines(style: terminal.style) { output.line(line) }
      output.flush()
    }
  }
}
