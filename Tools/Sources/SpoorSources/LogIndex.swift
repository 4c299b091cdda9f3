// SPDX-License-Identifier: Apache-2.0

internal import Foundation
package import SpoorGrep
package import SpoorLogs
internal import SpoorModel
internal import Synchronization

/// What is known of log files and documents of spans after they were read once: their traces, their failures, and where
/// in the files each trace and each time is.
///
/// Files are read in the background, and what was appended to them is read before each answer. Memory grows with the
/// number of traces, not with the number of records.
package final class LogIndex: Sendable {
  /// How much was read.
  package struct Progress: Sendable {
    package var read = 0
    package var total = 0
    /// Files that could not be read, or not to their end.
    package var failures: [String] = []
    package var isComplete: Bool { read >= total }
  }

  fileprivate struct State {
    var progress = Progress()
    var catalog = TraceCatalog()
    var report = FailureReport()
    var blocks: [LogBlock] = []
    /// The numbers of the blocks in which a trace occurs, by its number in the catalog.
    var places: [[Int32]] = []
    var spans: [ZipkinTraceID: [ZipkinSpan]] = [:]
    /// The records of documents.
    var records: [LogRecord] = []
    /// The latest records of processes that ended unexpectedly.
    var ends: [LogRecord] = []
    /// The number of bytes of each file that are read.
    var seen: [String: Int] = [:]
    /// The files with spans, which are read once.
    var documents: Set<String> = []
    var isReading = false
    var summaries: [TraceSummary]?
    var findings: FailureFindings?
  }

  fileprivate static let maximumEnds = 1000

  private let paths: [String]
  private let state = Mutex(State())

  /// - Parameter paths: files and directories.
  package init(_ paths: [String]) { self.paths = paths }

  // MARK: Reading

  /// Begins to read what was added to the files since the last call, and waits for it no longer than this.
  package func refresh(waiting limit: Duration) async -> Progress {
    let begins = state.withLock { state in
      defer { state.isReading = true }
      return !state.isReading
    }
    if begins {
      // A thread of its own, because reading takes the whole time of a processor core.
      Thread.detachNewThread { self.read() }
    }
    let end = ContinuousClock.now + limit
    while state.withLock({ $0.isReading }), ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(2)) }
    return state.withLock { $0.progress }
  }

  private func read() {
    let (files, failures) = LogFiles.expanded(paths)
    var added: [(path: String, from: Int, size: Int)] = []
    state.withLock { state in
      state.progress.failures = failures.map(\.description)
      for path in files {
        guard let size = Self.size(of: path) else {
          state.progress.failures.append("\(path): cannot be read")
          continue
        }
        let known = state.seen[path] ?? 0
        guard size != known, !state.documents.contains(path) else { continue }
        // A file that became smaller was replaced.
        added.append((path, size < known ? 0 : known, size))
        if size < known { state.forgetBlocks(of: path) }
      }
      state.progress.total = state.progress.read + added.reduce(0) { $0 + $1.size - $1.from }
    }
    for (path, from, size) in added {
      do throws(ReadFailure) {
        try read(path, from: from, size: size)
      } catch {
        state.withLock { $0.progress.failures.append(error.description) }
      }
      state.withLock { $0.progress.read += size - from }
    }
    state.withLock { state in
      state.progress.read = state.progress.total
      state.isReading = false
    }
  }

  private static func size(of path: String) -> Int? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  private func read(_ path: String, from: Int, size: Int) throws(ReadFailure) {
    let text = try LogText(path: path)
    let isPlain = text.isPlain
    if from == 0, TraceFiles.isDocument(try text.beginning(64 << 10)) {
      let files = TraceFiles([path])
      var records: [LogRecord] = []
      files.forEachRecord { records.append($0) }
      if !files.spans.isEmpty || !records.isEmpty {
        take(files.spans, records, path, size)
        return
      }
    }
    guard isPlain else {
      state.withLock { $0.forgetBlocks(of: path) }
      try read(LogBlock(path: path, bytes: nil, length: size))
      state.withLock { $0.seen[path] = size }
      return
    }
    for block in LogBlock.blocks(of: path, from: from, size: size) {
      try read(block)
      state.withLock { state in state.seen[path] = block.bytes?.upperBound ?? size }
    }
  }

  private func take(_ spans: [ZipkinSpan], _ records: [LogRecord], _ path: String, _ size: Int) {
    state.withLock { state in
      state.seen[path] = size
      state.documents.insert(path)
      state.summaries = nil
      state.findings = nil
      state.records += records
      for record in records { state.add(record) }
      state.catalog.add(spans)
      for (id, spans) in TraceIdentities.grouped(spans) {
        state.spans[id, default: []] += spans
        state.report.add(spans: spans)
      }
    }
  }

  private func read(_ block: LogBlock) throws(ReadFailure) {
    let reader = try block.reader(.everything, content: .brief)
    let number = state.withLock { state in
      state.blocks.append(block)
      return state.blocks.count - 1
    }
    var batch: [BriefRecord] = []
    while let record = reader.next()?.brief {
      batch.append(record)
      if batch.count == 500 {
        add(batch, of: number)
        batch.removeAll(keepingCapacity: true)
      }
    }
    add(batch, of: number)
    if let failure = reader.failure { throw failure }
  }

  private func add(_ records: [BriefRecord], of block: Int) {
    state.withLock { state in
      state.summaries = nil
      state.findings = nil
      for record in records { state.add(record, of: block) }
    }
  }

  // MARK: Answers

  /// The traces, the oldest first.
  package var summaries: [TraceSummary] {
    state.withLock { state in
      if let known = state.summaries { return known }
      let summaries = state.catalog.summaries
      state.summaries = summaries
      return summaries
    }
  }

  /// The trace with an id; `nil` if it is not known.
  package func summary(of id: String) -> TraceSummary? { state.withLock { $0.catalog[id] } }

  /// The failures of all records, related to each other.
  package var findings: FailureFindings {
    let (known, report) = state.withLock { ($0.findings, $0.report) }
    if let known { return known }
    let findings = FailureFindings(report)
    state.withLock { if $0.report.recordCount == report.recordCount { $0.findings = findings } }
    return findings
  }

  /// The failures of all records.
  package var report: FailureReport { state.withLock { $0.report } }

  /// The latest records of processes that ended unexpectedly.
  package var processEnds: [LogRecord] { state.withLock { $0.ends } }

  /// The ids of the traces that an id, the beginning of one or its 64-bit form may mean.
  package func ids(matching digits: String) -> [String] {
    state.withLock { state in
      state.catalog[digits] != nil ? [digits] : TraceIDMatch.ids(of: digits, among: state.catalog.ids)
    }
  }

  /// The spans and records of a trace, which has one of ``ids(matching:)``.
  package func trace(_ id: String) -> TraceDocument {
    let names = id.utf8.count == 32 ? [id, String(id.suffix(16))] : [id]
    let (blocks, spans, records) = state.withLock { state in
      let numbers = Set(names.flatMap { state.places(of: $0) }).sorted()
      let ids = names.compactMap { try? ZipkinTraceID($0) }
      return (numbers.map { state.blocks[Int($0)] }, ids.flatMap { state.spans[$0] ?? [] }, state.records)
    }
    var document = TraceDocument(spans: spans, logs: records.filter { names.contains($0.traceID ?? "") })
    for block in blocks {
      guard let reader = try? block.reader(.any(names.map { .trace($0) })) else { continue }
      while let record = reader.next()?.record { document.logs.append(record) }
    }
    return document.trace(id)
  }

  /// Calls `body` with the records that match, block by block in order of time, until the time is over.
  ///
  /// - Parameter isOldestFirst: whether the blocks with the earliest records come first; otherwise the latest.
  /// - Returns: what was not read of the blocks whose times are in the range; `nil` if all of them were.
  package func forEachBlock(
    _ query: LogQuery, in range: Range<Int64>, isOldestFirst: Bool = false, until deadline: ContinuousClock.Instant,
    _ body: ([LogRecord]) -> Void
  ) -> Unread? {
    let (all, records) = state.withLock { ($0.blocks, $0.records) }
    let found = records.filter { query.matches($0) }
    if !found.isEmpty { body(found) }
    let blocks = all.filter { $0.times?.overlaps(range) ?? false }.sorted { one, other in
      isOldestFirst
        ? (one.times?.lowerBound ?? 0) < (other.times?.lowerBound ?? 0)
        : (one.times?.upperBound ?? 0) > (other.times?.upperBound ?? 0)
    }
    for (number, block) in blocks.enumerated() {
      if ContinuousClock.now >= deadline { return Unread(blocks[number...], of: blocks, isOldestFirst) }
      guard let reader = try? block.reader(query) else { continue }
      var records: [LogRecord] = []
      while let record = reader.next()?.record { records.append(record) }
      body(records)
    }
    return nil
  }

  /// What a search did not read within its time.
  package struct Unread: Sendable {
    /// The bytes that were not read, and those of all blocks in the range of time.
    package let bytes, total: Int
    /// Whether the blocks with the earliest records were read first.
    package let isOldestFirst: Bool
    /// No unread record is later than this, or earlier if ``isOldestFirst``, in microseconds since 1970.
    package let edge: Int64

    fileprivate init(_ rest: ArraySlice<LogBlock>, of all: [LogBlock], _ isOldestFirst: Bool) {
      bytes = rest.reduce(0) { $0 + $1.length }
      total = all.reduce(0) { $0 + $1.length }
      self.isOldestFirst = isOldestFirst
      let times = rest.first?.times ?? 0...0
      edge = isOldestFirst ? times.lowerBound : times.upperBound
    }
  }
}

extension LogIndex.State {
  /// Makes the blocks of a file empty. Their numbers stay, because traces refer to them.
  fileprivate mutating func forgetBlocks(of path: String) {
    for index in blocks.indices where blocks[index].path == path {
      blocks[index] = LogBlock(path: path, bytes: 0..<0, length: 0)
    }
  }

  /// Takes a record of a document into account.
  fileprivate mutating func add(_ record: LogRecord) {
    catalog.add(record)
    report.add(record)
    addEnd(record)
  }

  /// Takes a record of a block into account.
  fileprivate mutating func add(_ record: BriefRecord, of block: Int) {
    let head = record.head
    let trace = catalog.add(head, isFailure: record.whole?.reportsFailure ?? false)
    report.add(record)
    if let whole = record.whole { addEnd(whole) }
    if let time = head.time { blocks[block].widen(time) }
    guard let trace else { return }
    while places.count <= trace { places.append([]) }
    if places[trace].last != Int32(block) { places[trace].append(Int32(block)) }
  }

  private mutating func addEnd(_ record: LogRecord) {
    guard ProcessEnd.isReported(by: record.event) else { return }
    ends.append(record)
    if ends.count > LogIndex.maximumEnds { ends.removeFirst(ends.count - LogIndex.maximumEnds) }
  }

  fileprivate func places(of id: String) -> [Int32] {
    guard let number = catalog.knownNumber(of: id), number < places.count else { return [] }
    return places[number]
  }
}
