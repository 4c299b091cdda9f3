import ArgumentParser
import Foundation
import SpoorGrep
import SpoorTerminal

/// `spoor grep`
struct GrepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grep",
    abstract: "Searches JSON logs by trace, field and time, over many files, in the order of time.",
    discussion: """
      The first arguments are what is looked for: the beginning of a trace id, or FIELD=VALUE, FIELD!=VALUE,
      FIELD>NUMBER (>= < <=), FIELD~PART, FIELD!~PART. All must hold. The rest are files, plain, gzip or zstd; `-` is
      standard input, which is also read without any. What is no term, or what is a file's name, begins the files; `--`
      does as well.

      On a terminal, records are shown as readable lines; in a pipe as they are. Exit status: 0 if something matched,
      1 if nothing did, 2 after an error.

      Examples:
        spoor grep 463ac35c *.log                                one request, all services
        spoor grep event=payment_timeout 'retry_count>1' *.log   what failed more than once
        spoor grep 'error.type~Timeout' --since -1h *.log*       also those that were rotated and packed
        spoor grep level=error -f orders.log payments.log        as it happens
        kubectl logs orders | spoor grep level=error --others pass
      """)

  enum Form: String, ExpressibleByArgument, CaseIterable { case auto, records, lines }
  enum Others: String, ExpressibleByArgument, CaseIterable { case skip, pass }

  @Argument(help: "What is looked for, then files.", completion: .file())
  var terms: [String] = []

  @Option(name: .customLong("trace"), help: "The beginning of a trace id, whatever it looks like.")
  var trace: String?

  @Option(parsing: .unconditional, help: "Not before: RFC 3339, or -1h, -90s, -2d12h.")
  var since: String?

  @Option(parsing: .unconditional, help: "Before: RFC 3339, or -1h.")
  var until: String?

  @Flag(name: .shortAndLong, help: "Go on as the files grow, across rotation.")
  var follow = false

  @Option(help: "records: JSON as it stands; lines: readable; auto: lines on a terminal.")
  var output: Form = .auto

  @Option(help: "Lines that are no JSON: skip them, or pass them through.")
  var others: Others = .skip

  @Flag(name: .shortAndLong, help: "Only count.")
  var count = false

  @Flag(name: .shortAndLong, help: "Print nothing; end at the first match.")
  var quiet = false

  @Option(name: [.short, .customLong("max-count")], help: "End after so many matches.")
  var maxCount: Int?

  @OptionGroup var terminal: TerminalOptions

  func run() throws {
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
    let (query, files) = try arguments(now: now)
    var failed = false
    let readers = files.compactMap { path -> LogReader? in
      do throws(ReadFailure) {
        return try LogReader(path: path, query: query, passesOther: others == .pass, following: follow)
      } catch {
        Output.complain(error.description)
        failed = true
        return nil
      }
    }
    let matched: Int
    do throws(ReadFailure) {
      matched = try search(readers)
    } catch {
      Output.complain(error.description)
      throw ExitCode(2)
    }
    // As grep has it: an error counts more than a match, but not with -q.
    if failed, !(quiet && matched > 0) { throw ExitCode(2) }
    if matched == 0 { throw ExitCode(1) }
  }

  /// The terms up to the first argument that is a file.
  func arguments(now: Int64) throws -> (query: LogQuery, files: [String]) {
    var query = LogQuery()
    query.traceIDPrefix = trace
    func time(_ text: String?, _ option: String) throws -> Int64? {
      guard let text else { return nil }
      guard let time = Timestamp.argument(text, now: now) else {
        throw ValidationError("\(option) \(text): expected RFC 3339, or how long ago, as -1h")
      }
      return time
    }
    query.since = try time(since, "--since")
    query.until = try time(until, "--until")
    var files = terms[...]
    while let term = files.first, term != "-", term != "--" {
      // A comparison is a term even if there is a file of that name; anything else is one unless it is a file.
      if FieldTest(term) == nil, FileManager.default.fileExists(atPath: term) { break }
      guard query.add(term) else { break }
      files.removeFirst()
    }
    if files.first == "--" { files.removeFirst() }
    return (query, files.isEmpty ? ["-"] : Array(files))
  }

  private func search(_ readers: [LogReader]) throws(ReadFailure) -> Int {
    var merge = LogMerge(readers)
    var output = Output()
    var matched = 0
    while true {
      while let match = try merge.next() {
        if match.record != nil { matched += 1 }
        if quiet, matched > 0 { return matched }
        if !count, !quiet { show(match, on: &output) }
        if output.isClosed { return matched }
        if let maxCount, matched >= maxCount { break }
      }
      output.flush()
      guard follow, !output.isClosed, matched < maxCount ?? .max else { break }
      usleep(100_000)
    }
    if count { output.line(String(matched)) }
    output.flush()
    return matched
  }

  private func show(_ match: LogReader.Match, on output: inout Output) {
    let isReadable = self.output == .lines || (self.output == .auto && terminal.isTerminal)
    if isReadable, let record = match.record {
      for line in ReadableLine.lines(record, style: terminal.style) { output.line(line) }
    } else if isReadable || terminal.isTerminal {
      output.line(PlainText.of(String(decoding: match.line, as: UTF8.self)))
    } else {
      output.line(match.line)
    }
  }
}
