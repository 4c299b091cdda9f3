// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorGrep
import SpoorLogs
import SpoorModel
import SpoorSources
import SpoorTerminal

/// Collects failures from files or from a collector.
struct Evidence {
  /// Traces of a collector beyond these are left out: the newest failed ones, and as many others to compare with.
  private static let maximumTraces = 300

  private(set) var report: FailureReport
  /// Whether a file could not be read to its end.
  private(set) var hasFailed = false
  private let query: LogQuery

  /// Collects failures among the records that `query` chooses, and all records from a level on.
  init(_ query: LogQuery, from level: LogLevel) {
    self.query = query
    report = FailureReport(from: level)
  }

  /// Reads files and directories.
  mutating func read(_ paths: [String]) {
    let files = TraceFiles(paths)
    if report.least < .error {
      files.forEachRecord(query) { report.add($0) }
    } else {
      files.forEachBrief(query) { report.add($0) }
    }
    // A query chooses records, so spans that it does not know count only without one.
    if query == .everything { add(files.spans) }
    files.complain()
    files.readers.complainAboutOthers()
    hasFailed = !files.failures.isEmpty
  }

  /// Reads the newest traces of a collector with their records.
  mutating func read(_ client: CollectorClient) async throws {
    let recent = TraceIdentities.grouped(try await client.recent().spans).sorted {
      ($0.spans.lazy.compactMap(\.timestamp).max() ?? 0) > ($1.spans.lazy.compactMap(\.timestamp).max() ?? 0)
    }
    let failed = recent.filter { $0.spans.contains(where: \.isError) }
    let good = recent.filter { !$0.spans.contains(where: \.isError) }
    let chosen = failed.prefix(Self.maximumTraces) + good.prefix(Self.maximumTraces)
    if chosen.count < recent.count {
      Output.complain("the newest \(chosen.count) of \(recent.count) traces are considered")
    }
    var spans: [ZipkinSpan] = []
    for trace in chosen {
      let document = try await client.trace(trace.id.description)
      for record in document?.logs ?? [] where query.matches(record) { report.add(record) }
      spans += document?.spans ?? trace.spans
    }
    if query == .everything { add(spans) }
  }

  private mutating func add(_ spans: [ZipkinSpan]) {
    for trace in TraceIdentities.grouped(spans) { report.add(spans: trace.spans) }
  }
}
