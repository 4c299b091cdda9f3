import ArgumentParser
import Foundation
import SpoorModel

/// Where traces come from: files where some are named, a collector otherwise.
struct TraceSource: ParsableArguments {
  @Option(help: "The collector to ask where no files are named.")
  var collector = "http://127.0.0.1:9411"

  private var client: CollectorClient {
    CollectorClient(base: collector.hasSuffix("/") ? String(collector.dropLast()) : collector)
  }

  /// The trace of an id or of its beginning.
  func trace(_ id: String, files: [String]) async throws -> TraceDocument {
    let isWhole = [16, 32].contains(id.utf8.count) && id.allSatisfy(\.isHexDigit)
    if files.isEmpty, isWhole, let found = try await client.trace(id.lowercased()) { return found }
    let all = try await everything(files)
    let matching = all.traceIDs.filter { $0.hasPrefix(id) || (isWhole && $0.hasSuffix(id.suffix(16))) }
    let short = Set(matching.map { $0.suffix(16) })
    guard let first = matching.first else { throw TraceDocument.Failure(description: "\(id): no such trace") }
    guard short.count == 1 else {
      throw TraceDocument.Failure(
        description: "\(id): \(short.count) traces begin so: \(matching.prefix(5).joined(separator: " "))")
    }
    return try await whole(first, in: all, files: files)
  }

  /// The newest, the newest that failed, or the slowest trace.
  func pick(_ pick: Pick, files: [String]) async throws -> TraceDocument {
    let all = try await everything(files, query: pick == .errors ? "&annotationQuery=error" : "")
    var best: (id: String, rank: Int64)?
    for (id, spans) in Dictionary(grouping: all.spans, by: { $0.traceID.description }) {
      let tree = TraceTree(spans)
      if pick == .errors, tree.errorCount == 0 { continue }
      let rank = pick == .slow ? tree.duration : tree.start
      if let best, (best.rank, best.id) >= (rank, id) { continue }
      best = (id, rank)
    }
    guard let best else {
      throw TraceDocument.Failure(description: pick == .errors ? "no trace with an error" : "no traces yet")
    }
    return try await whole(best.id, in: all, files: files)
  }

  enum Pick { case last, errors, slow }

  private func everything(_ files: [String], query: String = "") async throws -> TraceDocument {
    guard !files.isEmpty else { return try await client.recent(query) }
    var document = TraceDocument()
    for file in files { try document.read(file: file) }
    return document
  }

  /// Of a collector the trace is asked for once more: a list of traces has no logs.
  private func whole(_ id: String, in all: TraceDocument, files: [String]) async throws -> TraceDocument {
    if files.isEmpty, let found = try await client.trace(id) { return found }
    return all.trace(id)
  }
}
