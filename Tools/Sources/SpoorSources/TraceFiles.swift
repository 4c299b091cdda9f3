// SPDX-License-Identifier: Apache-2.0

internal import Foundation
package import SpoorLogs
package import SpoorModel
internal import SpoorTerminal

/// Reads spans and log records from files: documents of spans (Zipkin's JSON, OTLP's JSON, the output of
/// `spoor trace --json`) and log files of any format, plain or compressed.
///
/// Documents and standard input are kept. Log files are read anew for each query, so a log may be larger than the
/// memory.
package final class TraceFiles {
  private static let maximumDocument = 1 << 30

  private let paths: [String]
  package private(set) var spans: [ZipkinSpan] = []
  /// The log records of documents and of standard input.
  private var records: [LogRecord] = []
  private var logPaths: [String] = []
  private var isRead = false
  /// The readers of the latest pass, for the lines that were no records.
  package private(set) var readers: [LogReader] = []
  /// The files that could not be read to their end.
  package private(set) var failures: [String] = []

  package init(_ arguments: [String]) {
    let (files, failures) = LogFiles.expanded(arguments)
    paths = files
    self.failures = failures.map(\.description)
  }

  /// Reports the failures that were not reported yet.
  package func complain() {
    for failure in failures.dropFirst(complained) { StandardError.complain(PlainText.of(failure)) }
    complained = failures.count
  }

  private var complained = 0

  /// Calls `body` with each record that matches: those of documents file by file, those of log files in order of time.
  package func forEachRecord(_ query: LogQuery = .everything, _ body: (LogRecord) -> Void) {
    forEach(query, .records, known: body) { if let record = $0.record { body(record) } }
  }

  /// The same for statistics of failures.
  package func forEachBrief(_ query: LogQuery = .everything, _ body: (BriefRecord) -> Void) {
    forEach(query, .brief, known: { body(BriefRecord($0)) }) { if let brief = $0.brief { body(brief) } }
  }

  /// - Parameters:
  ///   - known: is called with the records of documents and of standard input.
  ///   - body: is called with the matches of log files.
  private func forEach(
    _ query: LogQuery, _ content: LogReader.Content, known: (LogRecord) -> Void, _ body: (LogReader.Match) -> Void
  ) {
    let isFirst = !isRead
    isRead = true
    readers = []
    if !isFirst {
      for record in records where query.matches(record) { known(record) }
      // A failure to open a file was reported in the first pass.
      read(logPaths.compactMap { try? LogReader(path: $0, query: query, content: content) }, body)
      return
    }
    var logs: [LogReader] = []
    for path in paths {
      do throws(ReadFailure) {
        if let log = try opened(path, query, content, known) { logs.append(log) }
      } catch {
        failures.append(error.description)
      }
    }
    read(logs, body)
  }

  /// Reads a document or standard input, or returns the reader of a log file.
  private func opened(
    _ path: String, _ query: LogQuery, _ content: LogReader.Content, _ known: (LogRecord) -> Void
  ) throws(ReadFailure) -> LogReader? {
    let text = try LogText(path: path)
    if Self.isDocument(try text.beginning(64 << 10)) {
      let bytes = try text.all(limit: Self.maximumDocument)
      if let content = try? TraceFile(bytes.withoutByteOrderMark) {
        for record in take(content, from: path) where query.matches(record) { known(record) }
        return nil
      }
      text.putBack(bytes)
    }
    guard path == "-" else {
      logPaths.append(path)
      return try LogReader(text, query: query, content: content)
    }
    read([try LogReader(text, query: .everything)]) { match in
      guard let record = match.record else { return }
      records.append(record)
      if query.matches(record) { known(record) }
    }
    return nil
  }

  /// Reads logs in order of time.
  private func read(_ logs: [LogReader], _ body: (LogReader.Match) -> Void) {
    var merge = LogMerge(logs)
    while let match = merge.next() { body(match) }
    merge.close()
    for failure in logs.compactMap(\.failure) where !failures.contains(failure.description) {
      failures.append(failure.description)
    }
    readers += logs
  }

  private func take(_ content: TraceFile, from path: String) -> [LogRecord] {
    spans += content.spans
    let found = content.logs.flatMap { LogRecord.all(in: $0) }
    records += found
    StandardError.complain(ofRefused: content, from: path)
    return found
  }

  /// Whether a text may be a document: a list, an object over several lines, or one with a key of a document or a span.
  static func isDocument(_ beginning: [UInt8]) -> Bool {
    let text = beginning.withoutByteOrderMark
    guard let start = text.firstIndex(where: { $0 > 0x20 }) else { return false }
    if text[start] == UInt8(ascii: "[") { return true }
    guard text[start] == UInt8(ascii: "{") else { return false }
    let line = text[start...].prefix { $0 != 0x0A }
    guard line.count > 2 else { return true }
    let head = String(decoding: line, as: UTF8.self)
    if ["resourceSpans", "resource_spans", "resourceLogs", "resource_logs", "spans"].contains(where: {
      head.contains("\"\($0)\":") || head.contains("\"\($0)\" :")
    }) {
      return true
    }
    // A single span of Zipkin's has no time that a log record has.
    return head.contains("\"traceId\"") && LogRecord(line)?.time == nil
  }
}

extension [UInt8] {
  fileprivate var withoutByteOrderMark: [UInt8] { starts(with: [0xEF, 0xBB, 0xBF]) ? Array(dropFirst(3)) : self }
}
