// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorInspect
import SpoorModel
import SpoorTerminal

/// `spoor journal`
struct JournalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "journal",
    abstract: "Lists a service's journal directory: spans and log lines that are not delivered yet.",
    discussion: """
      Works on the files of living and of dead processes; the file of a living process is a snapshot.

      Examples:
        spoor journal /var/lib/orders/journal                 list the files
        spoor journal /var/lib/orders/journal --show          and the spans as trees
        spoor journal /var/lib/orders/journal --live          what living processes are in the middle of
        spoor journal /var/lib/orders/journal --verify        exit status 1 if a file is damaged
        spoor journal /var/lib/orders/journal --ship http://localhost:9411/api/v2/spans
      """)

  @Argument(help: "The directory: the service's SPOOR_JOURNAL_DIR, or $XDG_STATE_HOME/spoor/SERVICE.")
  var directory: String

  @Flag(help: "Show the spans as trees, and the log lines that were not written.")
  var show = false

  @Flag(
    help:
      "Show the open spans of living processes in it and below it, the oldest first: age, trace id, tags, last event.")
  var live = false

  @Option(help: "The most spans that --live shows.")
  var limit = 1000

  @Flag(help: "Read everything, report damage, and exit with 1 if there is any.")
  var verify = false

  @Option(help: "Send the spans of dead processes to this URL, and print their log lines.")
  var ship: String?

  @Option(help: "The time limit of shipping in seconds; undelivered spans stay in their files.")
  var timeout = 30

  func validate() throws {
    if ship != nil, show || verify { throw ValidationError("--ship must be used without --show and --verify") }
    if live, show || verify || ship != nil {
      throw ValidationError("--live must be used without --show, --verify and --ship")
    }
    guard limit > 0 else { throw ValidationError("--limit must be at least 1, but is \(limit)") }
    guard (1...3600).contains(timeout) else {
      throw ValidationError("--timeout must be from 1 to 3600, but is \(timeout)")
    }
  }

  func run() async throws {
    do throws(JournalUnreadable) {
      if let ship { return try await deliver(to: ship) }
      if live {
        let spans = try LiveSpan.all(in: (directory as NSString).standardizingPath)
        return print(LiveReport.text(spans, limit: limit), terminator: "")
      }
      try list()
    } catch {
      throw ValidationError(error.description)
    }
  }

  private func list() throws(JournalUnreadable) {
    let files = try JournalFile.all(in: (directory as NSString).standardizingPath)
    if files.isEmpty { print("no journal files in \(PlainText.of(directory))") }
    var damaged = 0
    for file in files {
      print(JournalReport.line(file))
      if file.problem != nil || (file.content?.damagedSpans ?? 0) > 0 { damaged += 1 }
      if show, let content = file.content { for line in JournalReport.details(content) { print(line) } }
    }
    guard verify else { return }
    print("\(files.count - damaged) whole, \(damaged) damaged")
    if damaged > 0 { Self.exit(withError: ExitCode(1)) }
  }

  private func deliver(to endpoint: String) async throws(JournalUnreadable) {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let shipment = try await JournalShipment.ship(
      (directory as NSString).standardizingPath, to: endpoint, timeout: .seconds(timeout)
    ) { line in
      try? FileHandle.standardOutput.write(contentsOf: Data(JournalReport.replayed(line, isTerminal: isTerminal)))
    }
    let failure = shipment.lastFailure.map { "; \(PlainText.of($0))" } ?? ""
    let text =
      "\(shipment.files) files: \(shipment.delivered) spans delivered, \(shipment.rejected) refused, "
      + "\(shipment.undelivered) kept\(failure)\n"
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    if shipment.undelivered > 0 { Self.exit(withError: ExitCode(1)) }
  }
}

/// The printed form of a journal file.
enum JournalReport {
  static func line(_ file: JournalFile) -> String {
    let head = "\(PlainText.of(file.name))  \(file.state.rawValue)  \(file.bytes / 1024) KiB"
    guard let content = file.content else { return "\(head)  \(PlainText.of(file.problem ?? "cannot be read"))" }
    var parts = ["\(content.finishedSpans) finished", "\(content.openSpans) open"]
    if content.undecidedSpans > 0 { parts.append("\(content.undecidedSpans) undecided") }
    if content.damagedSpans > 0 { parts.append("\(content.damagedSpans) damaged") }
    parts.append("\(content.lines.count) lines")
    let seen = Date(timeIntervalSince1970: Double(content.lastSeen) / 1_000_000_000).ISO8601Format()
    return
      "\(head)  \(PlainText.of(content.service)) \(PlainText.of(content.instance))  pid \(content.processID)  "
      + "last seen \(seen)  \(parts.joined(separator: ", "))"
  }

  /// The printed form of a dead process's log line. On a terminal it contains no control sequences. In a pipe the line
  /// is unchanged, unless it contains raw control characters, which no logger of JSON lines writes.
  static func replayed(_ line: [UInt8], isTerminal: Bool) -> [UInt8] {
    let content = line.last == UInt8(ascii: "\n") ? line.dropLast() : line[...]
    let isPlain = content.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    if isPlain, !isTerminal { return line }
    let json = JSONObjectText(Array(content))?.bytes ?? Array(content)
    return Array((PlainText.of(String(decoding: json, as: UTF8.self)) + "\n").utf8)
  }

  /// The spans as trees, one trace after the other, then the lines.
  static func details(_ content: JournalFile.Content) -> [String] {
    var lines: [String] = []
    let spans = (try? TraceFile(content.zipkinJSON))?.spans ?? []
    for (_, spans) in TraceIdentities.grouped(spans) {
      lines.append("")
      lines += TraceView(tree: TraceTree(spans)).lines.map { "  " + $0 }
    }
    if !content.lines.isEmpty {
      lines += ["", "  lines that were not written:"]
      lines += content.lines.map { "  " + PlainText.of(String(decoding: $0.dropLast(), as: UTF8.self)) }
    }
    return lines + [""]
  }
}
