// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorGrep
import SpoorLogs
import SpoorModel
import SpoorSources
import SpoorTerminal

/// `spoor trace`
struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Shows a trace as a tree, with times, errors with their causes and stacks, tags, and log records.",
    discussion: """
      The trace comes from a collector, or from any number of files and directories: Zipkin's JSON, OTLP's JSON, the output
      of --json, log files of any format, all of them also compressed; `-` is standard input. The beginning of an id in any
      case is enough, and a whole traceparent works too.

      If a field of the trace has the id of another trace (previous_holder=5af7…), that trace is named below the tree, with
      its failure, and so on up to the start of the chain.

      Exit status: 0, 1 if there is no such trace, 2 after an error.

      Examples:
        spoor trace 463ac35c                          of the collector on this machine
        spoor trace --errors                          the newest that failed
        spoor trace --errors --list logs/             all that failed
        spoor trace --slow --collector http://zipkin:9411
        spoor trace 463ac35c spans.json *.log.gz      from files
        spoor trace trace.json                        the newest of a file
        spoor trace 463ac35c --follow previous_holder logs/
        spoor trace --last --json > trace.json
        spoor trace 463ac35c --details                attributes, events, links, scope and resource
      """)

  @Argument(
    help:
      "The beginning of a trace id (not with --last, --first, --errors, --slow, --list), then files and directories.",
    completion: .file())
  var arguments: [String] = []

  @Flag(help: "The newest trace.")
  var last = false

  @Flag(help: "The oldest trace; with --errors, the first that failed.")
  var first = false

  @Flag(help: "The newest trace with an error.")
  var errors = false

  @Flag(help: "The slowest of the recent traces.")
  var slow = false

  @Flag(help: "List the traces, the oldest first, in one line each; with --errors those that failed.")
  var list = false

  @Option(help: "Show the trace at the start of the chain along this field, whose values are ids of other traces.")
  var follow: String?

  @Flag(help: #"Print {"spans":[…],"logs":[…]} instead."#)
  var json = false

  @Flag(help: "Show each span's attributes with their types, its events, links, scope and resource as well.")
  var details = false

  @OptionGroup var source: TraceSource
  @OptionGroup var terminal: TerminalOptions

  func validate() throws {
    let picks = [last, first, slow, list].count { $0 }
    guard picks <= 1 else { throw ValidationError("only one of --last, --first, --slow and --list may be used") }
    guard picks == 1 || errors || !arguments.isEmpty else {
      throw ValidationError("a trace id, or one of --last, --first, --errors, --slow and --list, is required")
    }
  }

  /// Whether the first argument is a file: a file with a single trace needs no id.
  private var beginsWithFile: Bool {
    arguments.first.map { $0 == "-" || FileManager.default.fileExists(atPath: $0) } ?? false
  }

  func run() async throws {
    try await reportingFailures {
      let hasID = !(last || first || errors || slow || list || beginsWithFile)
      let traces = source.opened(hasID ? Array(arguments.dropFirst()) : arguments)
      var output = Output()
      if list {
        let found = try await traces.summaries(failed: errors)
        for line in found.lines(style: terminal.style) { output.line(line) }
        output.flush()
        if found.isEmpty { throw ExitCode(traces.hasFailed ? 2 : 1) }
      } else {
        let document =
          if hasID {
            try await traces.trace(arguments[0])
          } else {
            try await traces.pick(first ? .first : slow ? .slow : .last, failed: errors)
          }
        try await show(document, of: traces, on: &output)
        output.flush()
      }
      if traces.hasFailed { throw ExitCode(2) }
    }
  }

  private func show(_ document: TraceDocument, of traces: OpenTraces, on output: inout Output) async throws {
    guard !json else {
      output.line(document.json)
      return
    }
    let chains = await traces.chains(from: document, along: follow)
    if let follow {
      guard let chain = chains.first, let start = chain.start else {
        throw TraceDocument.Failure(
          description: "no field \(follow) of this trace has the id of a trace that is known", isMissing: true)
      }
      for line in chain.lines { output.line(line) }
      output.line("")
      for line in view(start) { output.line(line) }
      return
    }
    for line in view(document) { output.line(line) }
    if !chains.isEmpty { output.line("") }
    for line in chains.flatMap(\.lines) { output.line("  " + line) }
  }

  private func view(_ document: TraceDocument) -> [String] {
    TraceView(
      tree: TraceTree(document.spans), records: document.records, traceID: document.logs.first?.traceID,
      style: terminal.style, columns: terminal.columns,
      showsDetails: details
    ).lines
  }
}

/// Reports a failure in one line, and exits with 1 if no trace was found, otherwise with 2.
func reportingFailures(_ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let failure as TraceDocument.Failure {
    Output.complain(PlainText.of(failure.description))
    throw ExitCode(failure.isMissing ? 1 : 2)
  }
}
