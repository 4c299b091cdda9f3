// SPDX-License-Identifier: Apache-2.0

internal import SpoorLogs
internal import SpoorModel
package import SpoorSources

/// Where the evidence comes from: a collector, log files, journals of processes, or several of them.
package struct EvidenceSources: Sendable {
  let collector: CollectorClient?
  let logs: LogIndex?
  /// Directories with journals.
  let journals: [String]
  /// How long an answer may take.
  let timeLimit: Duration

  package init(collector: CollectorClient?, logs: LogIndex?, journals: [String], timeLimit: Duration) {
    self.collector = collector
    self.logs = logs
    self.journals = journals
    self.timeLimit = timeLimit
  }

  /// When an answer that begins now must be complete.
  var deadline: ContinuousClock.Instant { .now + timeLimit }

  /// Reads what was added to the log files.
  ///
  /// - Returns: notes about what is not read.
  func refreshed() async -> [String] {
    guard let logs else { return [] }
    let progress = await logs.refresh(waiting: timeLimit / 2)
    var notes = progress.failures.prefix(5).map { "not read, or not to the end: \($0)" }
    if !progress.isComplete {
      notes.append(
        "\(progress.read >> 20) of \(progress.total >> 20) MiB of logs are read so far; call again later for the rest")
    }
    return notes
  }

  /// Whether a record of a collector is in the log files as well: they have records of its service in its trace.
  func isInLogs(_ record: LogRecord) -> Bool {
    guard let logs, let trace = record.traceID, let service = record.service else { return false }
    return logs.summary(of: trace)?.services.contains(service) ?? false
  }

  // MARK: A trace

  /// The trace with an id or the beginning of one, from all sources together.
  ///
  /// - Throws: ``ToolFailure`` if there is none, or more than one.
  func trace(_ digits: String, _ notes: inout [String]) async throws -> TraceDocument {
    notes += await refreshed()
    return try await read(digits, &notes)
  }

  /// The trace, from log files as far as they are read.
  private func read(_ digits: String, _ notes: inout [String]) async throws -> TraceDocument {
    let journals = openJournals(&notes)
    var ids = Set(logs?.ids(matching: digits) ?? [])
    ids.formUnion(journals.flatMap(\.document.traceIDs).filter { Self.mayBe($0, digits) })
    var found: TraceDocument?
    var failure: String?
    if let collector {
      do {
        if [16, 32].contains(digits.utf8.count) {
          found = try await collector.trace(digits)
          if let found { ids.formUnion(found.traceIDs) }
        } else {
          ids.formUnion(try await collector.search(.init(limit: 1000)).traces.map(\.id).filter { $0.hasPrefix(digits) })
        }
      } catch {
        failure = "collector: \(error)"
        notes.append("collector: \(error)")
      }
    }
    if ids.isEmpty, let failure { throw ToolFailure("trace_id cannot be searched for: \(failure)") }
    let id = try Self.only(ids, digits)
    if found == nil, let collector { found = try? await collector.trace(id) }
    return merged(found, id, journals)
  }

  /// A trace of the sources by its whole id; `nil` if it is not known.
  func known(_ id: String) async -> TraceDocument? {
    var notes: [String] = []
    return try? await read(id, &notes)
  }

  private func merged(_ collected: TraceDocument?, _ id: String, _ journals: [Journal]) -> TraceDocument {
    var document = collected ?? TraceDocument()
    if let logs { document.add(logs.trace(id)) }
    for journal in journals { document.add(journal.document.trace(id)) }
    document.logs.sort { ($0.time ?? .min) < ($1.time ?? .min) }
    return document
  }

  private static func mayBe(_ id: String, _ digits: String) -> Bool {
    if id.hasPrefix(digits) { return true }
    guard [16, 32].contains(digits.utf8.count), let one = try? ZipkinTraceID(id), let other = try? ZipkinTraceID(digits)
    else { return false }
    return one.mayBeTrace(of: other)
  }

  private static func only(_ ids: Set<String>, _ digits: String) throws(ToolFailure) -> String {
    if ids.contains(digits) { return digits }
    // A 64-bit id and the 128-bit id that ends in it are one trace.
    let wide = Set(ids.filter { $0.utf8.count == 32 }.map { $0.suffix(16) })
    let distinct = ids.filter { $0.utf8.count != 16 || !wide.contains($0[...]) }.sorted()
    guard let first = distinct.first else {
      throw ToolFailure("trace_id must be the id of a known trace, but none begins with \(digits)")
    }
    guard distinct.count == 1 else {
      let some = distinct.prefix(5).joined(separator: ", ")
      throw ToolFailure("trace_id must be the beginning of one id, but \(distinct.count) begin with \(digits): \(some)")
    }
    return first
  }
}

extension TraceDocument {
  /// Adds what another source knows of the same trace. A record that both have is taken once; spans are merged when a
  /// tree is made of them.
  mutating func add(_ other: TraceDocument) {
    spans += other.spans
    guard !logs.isEmpty else {
      logs = other.logs
      return
    }
    var counts: [RecordKey: Int] = [:]
    for record in logs { counts[RecordKey(record), default: 0] += 1 }
    for record in other.logs {
      let key = RecordKey(record)
      if let count = counts[key], count > 0 { counts[key] = count - 1 } else { logs.append(record) }
    }
  }

  /// What is the same in a record of a file and in the collector's copy of it.
  private struct RecordKey: Hashable {
    let time: Int64?
    let texts: [String?]

    init(_ record: LogRecord) {
      time = record.time
      texts = [record.service, record.event, record.level, record.spanID]
    }
  }
}
