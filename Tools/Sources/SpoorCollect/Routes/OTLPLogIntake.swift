// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import SpoorModel

/// Reads an export request of log records and stores them, within a bound of memory whatever the body holds.
struct OTLPLogIntake: Sendable {
  /// What the records of one batch may cost in memory.
  private static let batchCost = 8 << 20
  /// The largest record in memory.
  private static let maximumRecordCost = 4 << 20

  let store: TraceStore
  let workers: QueryWorkers
  /// What all records of a body together would cost in memory; beyond it 413. It bounds the work that a body can make.
  let maximumCost: Int

  /// Stores the records, and returns the invalid ones.
  ///
  /// - Throws: `SpanError` if the body is no request, `HTTPError` with 413 or 429, `IngestQueue.Refusal` if the
  ///   store takes nothing more.
  func take(_ body: [UInt8], share: BodyBudget.Share) async throws -> Refused {
    // Read whole before anything of it is stored.
    try await workers.run { ticket in try check(OTLPLogReader(body), ticket) }
    var refused = Refused()
    var rest: OTLPLogReader? = OTLPLogReader(body)
    while let reader = rest {
      let batch = try await workers.run { ticket in try Batch(reader, ticket) }
      guard share.grow(by: batch.cost) else { throw BodyReader.tooMuch }
      defer { share.shrink(by: batch.cost) }
      refused.add(batch.refused)
      store.noteWithoutTrace(batch.withoutTrace)
      do {
        try await store.submit(batch.pieces)
      } catch IngestQueue.Refusal.record(let reason, _, let logs) {
        refused.add(reason, count: logs)
      }
      rest = batch.rest
    }
    return refused
  }

  private func check(_ reader: OTLPLogReader, _ ticket: QueryTicket) throws {
    var reader = reader
    var total = 0
    var count = 0
    while let element = try reader.next() {
      if case .record(_, let origin, let size) = element { total += Self.cost(size, origin) }
      count += 1
      if count & 1023 == 0 { try ticket.check() }
      guard total <= maximumCost else {
        throw HTTPError(
          .contentTooLarge,
          message: "The records would take more than \(maximumCost) bytes of memory: send fewer at a time")
      }
    }
  }

  /// An estimate from the record's size: its text in JSON, which names its resource, and its words.
  private static func cost(_ size: Int, _ origin: OTLPOrigin) -> Int { 512 + 4 * size + 2 * origin.size }

  /// Records of a body up to a cost, sorted into pieces.
  private struct Batch: Sendable {
    private(set) var pieces: [TracePiece] = []
    private(set) var cost = 0
    private(set) var refused = Refused()
    private(set) var withoutTrace = 0
    /// Where the next batch begins; `nil` if there is none.
    private(set) var rest: OTLPLogReader?

    init(_ reader: OTLPLogReader, _ ticket: QueryTicket) throws {
      var reader = reader
      var records: [LogLine] = []
      var place = reader
      var count = 0
      while let element = try reader.next() {
        count += 1
        if count & 1023 == 0 { try ticket.check() }
        switch element {
        case .refused(let error): refused.add(error.description)
        case .record(let record, let origin, let size):
          let recordCost = OTLPLogIntake.cost(size, origin)
          if recordCost > maximumRecordCost {
            let trace = record.traceID.map { "of the trace \($0)" } ?? "without a trace"
            refused.add(
              "A log record \(trace) must take at most \(maximumRecordCost) bytes, but takes \(recordCost)")
          } else if cost > 0, cost + recordCost > batchCost {
            rest = place
          } else {
            cost += recordCost
            withoutTrace += record.traceID == nil ? 1 : 0
            records.append(LogLine(record, origin: origin))
          }
        }
        if rest != nil { break }
        place = reader
      }
      pieces = TracePiece.pieces(of: records)
    }
  }
}
