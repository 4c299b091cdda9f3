// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import SpoorLogs
internal import SpoorModel

/// Traces of files or of a collector.
package struct OpenTraces {
  package let client: CollectorClient
  package let files: TraceFiles?

  /// Opens files, or the collector if none are named.
  package init(client: CollectorClient, files: TraceFiles?) {
    self.client = client
    self.files = files
  }

  package enum Pick { case last, first, slow }

  /// Whether a file could not be read to its end.
  package var hasFailed: Bool { files.map { !$0.failures.isEmpty } ?? false }

  /// The trace with an id, the beginning of one in any case, or a whole `traceparent`.
  package func trace(_ given: String) async throws -> TraceDocument {
    let id = Self.id(in: given)
    if files == nil, TraceIDMatch.wholeID(id) != nil, let found = try await client.trace(id) { return found }
    let all = files.map { read($0, .trace(id)) }
    let document: TraceDocument
    if let all { document = all } else { document = try await client.recent() }
    let matching = TraceIDMatch.ids(of: id, among: document.traceIDs)
    guard let first = matching.first else {
      throw TraceDocument.Failure(description: "\(given): no such trace", isMissing: true)
    }
    guard matching.count == 1 else {
      let some = matching.prefix(5).joined(separator: " ")
      throw TraceDocument.Failure(
        description: "\(given): \(matching.count) traces have an id that begins like this: \(some)")
    }
    return try await whole(first, document)
  }

  /// The newest, the oldest or the slowest trace, of all or of those that failed.
  package func pick(_ pick: Pick, failed: Bool) async throws -> TraceDocument {
    let candidates = try await summaries(failed: failed)
    let best: TraceSummary? =
      switch pick {
      case .last: candidates.max { ($0.start, $0.id) < ($1.start, $1.id) }
      case .first: candidates.min { ($0.start, $0.id) < ($1.start, $1.id) }
      case .slow: candidates.max { ($0.duration, $0.id) < ($1.duration, $1.id) }
      }
    guard let best else {
      throw TraceDocument.Failure(description: failed ? "no trace with an error" : "no traces yet", isMissing: true)
    }
    return try await trace(best.id)
  }

  /// The chains that begin in a trace, along each field that has ids of other traces, or along one field.
  package func chains(from document: TraceDocument, along field: String?) async -> [TraceChain] {
    await TraceChain.all(from: document, along: field) { try? await trace($0) }
  }

  /// All traces, the oldest first.
  package func summaries(failed: Bool) async throws -> [TraceSummary] {
    var catalog = TraceCatalog()
    if let files {
      files.forEachRecord { catalog.add($0) }
      try check(files)
      catalog.add(files.spans)
    } else {
      catalog.add(try await client.recent(failed ? "&annotationQuery=error" : "").spans)
    }
    return catalog.summaries.filter { !failed || $0.failures > 0 }
  }

  /// The id without what surrounds it, in lower case.
  private static func id(in given: String) -> String {
    let parts = given.lowercased().split(separator: "-", omittingEmptySubsequences: false)
    let isTraceParent = parts.count == 4 && parts[0].count == 2 && parts[1].count == 32
    return isTraceParent ? String(parts[1]) : given.lowercased()
  }

  private func read(_ files: TraceFiles, _ query: LogQuery) -> TraceDocument {
    var document = TraceDocument()
    files.forEachRecord(query) { document.logs.append($0) }
    document.spans = files.spans
    return document
  }

  /// The whole trace: of the collector, whose list has no logs, or of the files, where some records may have the 64-bit
  /// form of its id.
  private func whole(_ id: String, _ document: TraceDocument) async throws -> TraceDocument {
    guard let files else { return try await client.trace(id) ?? document.trace(id) }
    try check(files)
    guard id.utf8.count == 32 else { return document.trace(id) }
    return read(files, .any([.trace(id), .trace(String(id.suffix(16)))])).trace(id)
  }

  /// Reports files that could not be read. One that is missing is an error; of a damaged one the good part is used.
  private func check(_ files: TraceFiles) throws {
    files.complain()
    if !files.failures.isEmpty, files.readers.isEmpty, files.spans.isEmpty {
      throw TraceDocument.Failure(description: "nothing could be read")
    }
  }
}
