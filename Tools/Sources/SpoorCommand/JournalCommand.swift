import ArgumentParser
import Foundation
import SpoorInspect
import SpoorModel
import SpoorTerminal

/// `spoor journal`
struct JournalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "journal",
    abstract: "What a service's journal directory holds: spans and log lines that nobody has yet.",
    discussion: """
      Works on the files of living and of dead processes. Of a living one it is a glance.

      Examples:
        spoor journal /var/lib/orders/journal                 list the files
        spoor journal /var/lib/orders/journal --show          and the spans as trees
        spoor journal /var/lib/orders/journal --verify        exit status 1 if something in them is damaged
        spoor journal /var/lib/orders/journal --ship http://localhost:9411/api/v2/spans
      """)

  @Argument(help: "The directory: what SPOOR_JOURNAL_DIR was, or $XDG_STATE_HOME/spoor/SERVICE.")
  var directory: String

  @Flag(help: "Show the spans as trees, and the log lines that were not written.")
  var show = false

  @Flag(help: "Read everything, say what is damaged, and exit with 1 if something is.")
  var verify = false

  @Option(help: "Send what dead processes left to this address, and print their log lines.")
  var ship: String?

  @Option(help: "Seconds that shipping may take; what is not delivered by then stays.")
  var timeout = 30

  func validate() throws {
    if ship != nil, show || verify { throw ValidationError("--ship: expected without --show and --verify") }
    guard (1...3600).contains(timeout) else { throw ValidationError("--timeout \(timeout): expected 1 to 3600") }
  }

  func run() async throws {
    do throws(JournalUnreadable) {
      if let ship { return try await deliver(to: ship) }
      try list()
    } catch {
      throw ValidationError(error.description)
    }
  }

  private func list() throws(JournalUnreadable) {
    let files = try JournalFile.all(in: (directory as NSString).standardizingPath)
    if files.isEmpty { print("no journal files in \(directory)") }
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
    let shipment = try await JournalShipment.ship(
      (directory as NSString).standardizingPath, to: endpoint, timeout: .seconds(timeout)
    ) { line in
      try? FileHandle.standardOutput.write(contentsOf: Data(line))
    }
    let failure = shipment.lastFailure.map { "; \(PlainText.of($0))" } ?? ""
    let text =
      "\(shipment.files) files: \(shipment.delivered) spans delivered, \(shipment.rejected) refused, "
      + "\(shipment.undelivered) kept\(failure)\n"
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    if shipment.undelivered > 0 { Self.exit(withError: ExitCode(1)) }
  }
}

/// How a journal file is shown.
enum JournalReport {
  static func line(_ file: JournalFile) -> String {
    let head = "\(file.name)  \(file.state.rawValue)  \(file.bytes / 1024) KiB"
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

  /// The spans as trees, a trace after the other, then the lines.
  static func details(_ content: JournalFile.Content) -> [String] {
    var lines: [String] = []
    let spans = (try? ZipkinJSONDecoder.spans(content.zipkinJSON)) ?? []
    var order: [ZipkinTraceID] = []
    let traces = Dictionary(grouping: spans) { span in
      if !order.contains(span.traceID) { order.append(span.traceID) }
      return span.traceID
    }
    for trace in order {
      lines.append("")
      lines += TraceView(tree: TraceTree(traces[trace] ?? [])).lines.map { "  " + $0 }
    }
    if !content.lines.isEmpty {
      lines += ["", "  lines that were not written:"]
      lines += content.lines.map { "  " + PlainText.of(String(decoding: $0.dropLast(), as: UTF8.self)) }
    }
    return lines + [""]
  }
}
