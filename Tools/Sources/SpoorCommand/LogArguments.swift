// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorLogs
import SpoorTerminal

/// The query and the files of a command that searches logs.
struct LogArguments: ParsableArguments {
  @Argument(help: "The query, then files and directories.", completion: .file())
  var terms: [String] = []

  @Option(name: .customLong("trace"), help: "The first digits of a trace id, or any other id of a trace.")
  var trace: String?

  @Option(
    parsing: .unconditional, help: "Not before: RFC 3339, 10m, -1h, 2d12h, yesterday, today, 09:20, seconds since 1970."
  )
  var since: String?

  @Option(parsing: .unconditional, help: "Before: same forms as --since.")
  var until: String?

  @Flag(name: .shortAndLong, help: "Ignore the case of letters in words, values and patterns.")
  var ignoreCase = false

  @Flag(help: "Show times in the local time zone.")
  var local = false

  /// What the arguments mean.
  struct Selection {
    let query: LogQuery
    /// Files and directories; empty if none is named.
    let paths: [String]
  }

  /// Splits the arguments into the query and the files after it. An error of the query is reported and ends the
  /// command.
  func selection() throws -> Selection {
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
    do {
      return try split(now: now)
    } catch let error as QueryError {
      Output.complain(PlainText.of(error.description))
      throw ExitCode(2)
    }
  }

  private func split(now: Int64) throws -> Selection {
    func time(_ text: String?, _ option: String) throws -> Int64? {
      guard let text else { return nil }
      guard let time = Timestamp.argument(text, now: now) else {
        throw ValidationError("\(option) must be a time (RFC 3339, 10m, yesterday, 09:20), but is \(text)")
      }
      return time
    }
    let rest = terms.prefix { $0 != "--" }
    let hasSeparator = rest.count < terms.count
    let end = hasSeparator ? rest.count : terms.firstIndex { Self.isFile($0) } ?? terms.count
    var query = try QueryParser.parse(Array(terms[..<end]), ignoresCase: ignoreCase, now: now)
    if let trace { query = query.and(.trace(trace.lowercased())) }
    let (from, to) = (try time(since, "--since"), try time(until, "--until"))
    if from != nil || to != nil { query = query.and(.time(from: from, before: to)) }
    return Selection(query: query, paths: Array(terms[end...].drop { $0 == "--" && hasSeparator }))
  }

  /// Whether an argument names a file: one that exists, or whose name looks like a path.
  private static func isFile(_ argument: String) -> Bool {
    if argument == "-" { return true }
    guard !argument.contains(where: { "=<>~\"'".contains($0) }) else { return false }
    if FileManager.default.fileExists(atPath: argument) { return true }
    guard !argument.contains(" ") else { return false }
    let endings = [".log", ".json", ".jsonl", ".ndjson", ".gz", ".zst", ".xz", ".bz2", ".txt", ".out"]
    return argument.hasPrefix("/") || argument.hasPrefix("./") || argument.hasPrefix("../")
      || endings.contains { argument.hasSuffix($0) }
  }
}

extension [LogReader] {
  /// Says on standard error how many lines held no record, and where the first one is.
  func complainAboutOthers(_ hint: String = "") {
    let other = reduce(UInt64(0)) { $0 + $1.otherCount }
    guard other > 0 else { return }
    let all = reduce(UInt64(0)) { $0 + $1.lineCount }
    let first = first { $0.otherCount > 0 }.map { reader in
      "; first: " + (reader.path == "-" ? "standard input" : reader.path)
        + (reader.firstOtherLine.map { ":\($0)" } ?? "")
    }
    Output.complain(PlainText.of("\(other) of \(all) lines were not JSON records\(first ?? "")\(hint)"))
  }
}
