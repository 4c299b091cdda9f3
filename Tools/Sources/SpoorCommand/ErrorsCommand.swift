// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorGrep
import SpoorLogs
import SpoorSources
import SpoorTerminal

/// `spoor errors`
struct ErrorsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "errors",
    abstract: "Shows the failures of all services and traces, grouped by cause, the one that explains most first.",
    discussion: """
      Failures are log records with an error or of a level from error on, and failed spans. They come from files and
      directories, from standard input (`-`), or, if none is named, from a collector. Failures with the same fingerprint, or
      else with the same event, type and message, are one kind. For each kind this shows

        - the error, its causes and where they were thrown,
        - how often, when, in how many traces, and a trace to open with `spoor trace`,
        - the earlier trace to which a field leads back (a field whose value is another trace's id, such as
          previous_holder),
        - which fields the failures have in common, and what only failed traces have,
        - the failures that follow in the same traces.

      What is slow, overloaded or restarted need not fail. --level takes the records of less severe levels into account.

      Exit status: 0 if there are failures, 1 if there are none, 2 after an error.

      Examples:
        spoor errors logs/
        spoor errors service=orders --since 1h *.log *.log.gz
        spoor errors --level warning logs/
        spoor errors --collector http://localhost:9411
      """)

  /// A level from which records count.
  enum Level: String, ExpressibleByArgument, CaseIterable {
    case notice, warning, error

    var least: LogLevel {
      switch self {
      case .notice: .notice
      case .warning: .warning
      case .error: .error
      }
    }
  }

  @OptionGroup var input: LogArguments

  @Option(help: "The number of kinds to show.")
  var top = 5

  @Option(help: "Records from this level on count, also without an error.")
  var level = Level.error

  @Flag(help: "Print one JSON object per kind.")
  var json = false

  @OptionGroup var source: TraceSource
  @OptionGroup var terminal: TerminalOptions

  func validate() throws {
    guard top > 0 else { throw ValidationError("--top must be at least 1, but is \(top)") }
  }

  func run() async throws {
    try await reportingFailures {
      let selection = try input.selection()
      var evidence = Evidence(selection.query, from: level.least)
      if selection.paths.isEmpty {
        try await evidence.read(source.client)
      } else {
        evidence.read(selection.paths)
      }
      let findings = FailureFindings(evidence.report)
      var output = Output()
      let lines =
        json
        ? findings.json(limit: top)
        : findings.lines(
          style: terminal.style, limit: top, isLocal: input.local)
      if findings.isEmpty, !json {
        output.line(none(in: evidence.report))
      } else {
        for line in lines { output.line(line) }
      }
      output.flush()
      if evidence.hasFailed { throw ExitCode(2) }
      if findings.isEmpty { throw ExitCode(1) }
    }
  }

  /// The line that is shown instead of kinds. It names the level that shows some.
  private func none(in report: FailureReport) -> String {
    let records = TraceView.count(report.recordCount, "record")
    let what = level == .error ? "failures" : "records from \(level.rawValue) on"
    let line = "no \(what) in \(records) and \(TraceView.count(report.traceCount, "trace"))"
    let (warnings, notices) = report.others
    if warnings > 0 { return line + "; --level warning shows \(TraceView.count(warnings, "warning"))" }
    if notices > 0 { return line + "; --level notice shows \(TraceView.count(notices, "notice"))" }
    return line
  }
}
