import ArgumentParser
import Foundation
import SpoorModel
import SpoorTerminal

/// `spoor trace`
struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Shows a trace as a tree: times, the critical path, errors with their stacks, log records in place.",
    discussion: """
      From a collector, or from files: Zipkin's JSON and JSON logs, any number together. The beginning of an id is
      enough. Exit status: 0, 1 if there is no such trace, 2 after an error.

      Examples:
        spoor trace 463ac35c                          of the collector on this machine
        spoor trace --errors                          the newest that failed
        spoor trace --slow --collector http://zipkin:9411
        spoor trace 463ac35c spans.json *.log         from files
        spoor trace trace.json                        the newest of a file
        spoor trace --last --json > trace.json
      """)

  @Argument(help: "The beginning of a trace id (not with --last, --errors, --slow), then files.", completion: .file())
  var arguments: [String] = []

  @Flag(help: "The newest trace.")
  var last = false

  @Flag(help: "The newest trace with an error.")
  var errors = false

  @Flag(help: "The slowest of the recent traces.")
  var slow = false

  @Flag(help: #"Print {"spans":[…],"logs":[…]} instead."#)
  var json = false

  @OptionGroup var source: TraceSource
  @OptionGroup var terminal: TerminalOptions

  func validate() throws {
    let picks = [last, errors, slow].count { $0 }
    guard picks <= 1 else { throw ValidationError("expected one of --last, --errors, --slow") }
    guard picks == 1 || !arguments.isEmpty else {
      throw ValidationError("expected a trace id, or one of --last, --errors, --slow")
    }
  }

  /// Files without an id: a file of a single trace needs none.
  private var beginsWithFile: Bool {
    arguments.first.map { $0 == "-" || FileManager.default.fileExists(atPath: $0) } ?? false
  }

  func run() async throws {
    try await reportingFailures {
      let pick: TraceSource.Pick? = errors ? .errors : slow ? .slow : last || beginsWithFile ? .last : nil
      let document =
        if let pick {
          try await source.pick(pick, files: arguments)
        } else {
          try await source.trace(arguments[0], files: Array(arguments.dropFirst()))
        }
      var output = Output()
      if json {
        output.line(document.json)
      } else {
        let view = TraceView(
          tree: TraceTree(document.spans), records: document.records, style: terminal.style, columns: terminal.columns)
        for line in view.lines { output.line(line) }
      }
      output.flush()
    }
  }
}

/// Says what failed in one line, and ends with 1 where something was not found, 2 otherwise.
func reportingFailures(_ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let failure as TraceDocument.Failure {
    let text = PlainText.of(failure.description)
    Output.complain(text)
    throw ExitCode(text.contains("no such trace") || text.hasPrefix("no trace") ? 1 : 2)
  }
}
