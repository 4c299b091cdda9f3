// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorGrep
import SpoorLogs
import SpoorModel
import SpoorTerminal

/// `spoor grep`
struct GrepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grep",
    abstract: "Searches many log files by trace, field, level, time and text, and prints matches in order of time.",
    discussion: """
      The first arguments are the query, the rest are files and directories; `-` is standard input, which is also read if
      no file is named.
      The query ends at the first argument that is a file, or at `--`. `spoor help query` explains it.

      Files may be plain, gzip, zstd, xz or bzip2. Lines may be wrapped by Kubernetes, Docker, journald or syslog; the fields of
      other libraries' records are found under Spoor's names too (level, timestamp, event, trace_id, span_id, service).

      On a terminal, records are shown as readable lines; in a pipe as JSON without the wrapping. Exit status: 0 if
      something matched, 1 if nothing did, 2 after an error.

      Examples:
        spoor grep 463ac35c *.log                                one request, all services
        spoor grep event=payment_timeout 'retry_count>1' *.log   what failed more than once
        spoor grep 'level>=error or event~^pay' --since 10m *.log*
        spoor grep ORD7890 -C 2 orders.log                       a word, with two records around it
        kubectl logs -f orders | spoor grep 'level>=warning'
        spoor grep 'level>=error' --by event,order.region logs/  how often each occurs, first, last, an example
        spoor grep event=order_placed --by timestamp/1m --stats duration_ms logs/
      """,
    helpNames: .long)

  enum Others: String, ExpressibleByArgument, CaseIterable { case skip, pass }

  @OptionGroup var input: LogArguments

  @Flag(name: .shortAndLong, help: "Continue as the files grow, across rotation.")
  var follow = false

  @Option(
    name: .shortAndLong,
    help:
      "json: the records; console: readable; FIELD,FIELD: these fields, separated by tabs; auto: console on a terminal."
  )
  var output = "auto"

  @Option(help: "Lines without a record: skip them, or pass them through.")
  var others: Others = .skip

  @Flag(name: [.customShort("v"), .customLong("invert-match")], help: "Show the records that do not match.")
  var inverts = false

  @Flag(name: .shortAndLong, help: "Only print the number of matches.")
  var count = false

  @Flag(name: .shortAndLong, help: "Print nothing; end at the first match.")
  var quiet = false

  @Option(name: [.short, .customLong("max-count")], help: "Stop after this many matches.")
  var maxCount: Int?

  @Option(name: [.customShort("A"), .customLong("after-context")], help: "Show this many records after each match.")
  var after = 0

  @Option(name: [.customShort("B"), .customLong("before-context")], help: "Show this many records before each match.")
  var before = 0

  @Option(name: [.customShort("C"), .customLong("context")], help: "Show this many records around each match.")
  var context = 0

  @Flag(name: [.customShort("H"), .customLong("with-filename")], help: "Name the file before each record.")
  var withFilename = false

  @Flag(name: [.customShort("h"), .customLong("no-filename")], help: "Do not name the file (the default).")
  var withoutFilename = false

  @Flag(
    name: [.customShort("l"), .customLong("files-with-matches")], help: "Only print the names of files with a match.")
  var filesOnly = false

  @Flag(name: [.customShort("r"), .customLong("recursive")], help: .hidden)
  var recursive = false

  @Option(
    help: """
      Count the matches by the values of these fields: FIELD,FIELD. Each group has its first and last time and an \
      example. timestamp/10s counts by intervals of time.
      """)
  var by: String?

  @Option(help: "With --by: the percentiles of this number in each group.")
  var stats: String?

  @Option(help: "With --by: the most frequent groups to show.")
  var top = 20

  @OptionGroup var terminal: TerminalOptions

  func run() throws {
    let selection = try input.selection()
    let groups = try grouping()
    let (files, missing) = LogFiles.expanded(selection.paths.isEmpty ? ["-"] : selection.paths)
    if files == ["-"], isatty(STDIN_FILENO) == 1 {
      Output.complain("no file is named and standard input is a terminal; name a file, or pipe a log in")
      throw ExitCode(2)
    }
    var failures = missing.map(\.description)
    let around = (max(before, context), max(after, context))
    let readers = files.compactMap { path -> LogReader? in
      do throws(ReadFailure) {
        return try LogReader(
          path: path, query: selection.query, content: content, passesOther: others == .pass && groups == nil,
          following: follow,
          inverts: inverts, before: groups == nil ? around.0 : 0, after: groups == nil ? around.1 : 0)
      } catch {
        failures.append(error.description)
        return nil
      }
    }
    for failure in failures { Output.complain(PlainText.of(failure)) }
    let matched = filesOnly ? listFiles(readers) : groups.map { count(readers, in: $0) } ?? search(readers)
    for failure in readers.compactMap(\.failure) {
      Output.complain(PlainText.of(failure.description))
      failures.append(failure.description)
    }
    if others == .skip, !quiet { readers.complainAboutOthers(" (--others pass shows them)") }
    // As in grep, an error outweighs a match, except with -q.
    if !failures.isEmpty, !(quiet && matched > 0) { throw ExitCode(2) }
    if matched == 0 { throw ExitCode(1) }
  }

  func validate() throws {
    guard stats == nil || by != nil else { throw ValidationError("--stats needs --by FIELD") }
    guard by == nil || !follow else { throw ValidationError("--by needs an end, so it cannot be used with --follow") }
    guard top > 0 else { throw ValidationError("--top must be at least 1, but is \(top)") }
  }

  private func grouping() throws -> RecordGroups? {
    guard let by else { return nil }
    do {
      let names = by.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return RecordGroups(try names.map { try GroupField($0) }, measuring: stats)
    } catch let error as QueryError {
      Output.complain(PlainText.of(error.description))
      throw ExitCode(2)
    }
  }

  private func listFiles(_ readers: [LogReader]) -> Int {
    var output = Output()
    let found = readers.filter { $0.next() != nil }
    if !quiet { for reader in found { output.line(Self.name(reader.path)) } }
    output.flush()
    return found.count
  }

  private func count(_ readers: [LogReader], in groups: RecordGroups) -> Int {
    var groups = groups
    groups.count(readers)
    if quiet { return groups.count }
    var output = Output()
    let table = GroupTable(groups, limit: top)
    let lines = self.output == "json" ? table.json : table.lines(style: terminal.style, isLocal: input.local)
    for line in lines { output.line(line) }
    output.flush()
    return groups.count
  }

  private func search(_ readers: [LogReader]) -> Int {
    var merge = LogMerge(readers)
    defer { merge.close() }
    var output = Output()
    var matched = 0
    // A record is shown before waiting for the next one.
    let isLive = readers.contains { $0.isLive }
    while true {
      while let match = merge.next() {
        if match.isRecord, !match.isContext { matched += 1 }
        if quiet, matched > 0 { return matched }
        if !count, !quiet {
          show(match, on: &output)
          if isLive { output.flush() }
        }
        if output.isClosed { return matched }
        if let maxCount, matched >= maxCount { break }
      }
      output.flush()
      guard follow, !output.isClosed, matched < maxCount ?? .max else { break }
      usleep(100_000)
      output.checkReader()
    }
    if count { output.line(String(matched)) }
    output.flush()
    return matched
  }

  private enum Form { case json, readable, fields }

  private var form: Form {
    switch output {
    case "json": .json
    case "auto": terminal.isTerminal ? .readable : .json
    case "console": .readable
    default: .fields
    }
  }

  /// What is needed of the matches. Whole records take several times as long as their JSON.
  private var content: LogReader.Content {
    form == .json || by != nil || count || quiet || filesOnly ? .lines : .records
  }

  /// The name of a file as grep prints it.
  private static func name(_ path: String) -> String { path == "-" ? "(standard input)" : PlainText.of(path) }

  private func show(_ match: LogReader.Match, on output: inout Output) {
    let prefix = withFilename && !withoutFilename ? Self.name(match.path) + ":" : ""
    let form = form
    if form == .readable, let record = match.record {
      for line in ReadableLine.lines(record, style: terminal.style, isLocal: input.local) { output.line(prefix + line) }
    } else if form == .fields, let record = match.record {
      let fields = self.output.split(separator: ",").map { name in
        record.field(String(name)) ?? ""
      }
      output.line(prefix + fields.map { PlainText.of($0) }.joined(separator: "\t"))
    } else if form == .readable || terminal.isTerminal {
      output.line(prefix + PlainText.of(String(decoding: match.line, as: UTF8.self)))
    } else if match.isRecord, match.hasControl {
      // A raw control character is not valid JSON, so it is escaped in the printed record.
      output.line(Array(prefix.utf8) + (JSONObjectText(match.line)?.bytes ?? match.line))
    } else {
      output.line(prefix.isEmpty ? match.line : Array(prefix.utf8) + match.line)
    }
  }
}
