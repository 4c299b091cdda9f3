// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import SpoorModel

/// Reads a body of spans and stores them, with bounded memory whatever the body contains.
///
/// A body is read whole before anything of it is stored, so that a body that is not of its format leaves nothing
/// behind. Its spans are kept until they cost ``batchCost``; of a body with more, the rest is read once more and stored
/// batch by batch.
struct SpanIntake: Sendable {
  /// The maximum size of the spans of one batch in memory.
  private static let batchCost = 12 << 20
  /// The largest span in memory.
  private static let maximumSpanCost = 4 << 20

  let store: TraceStore
  let workers: QueryWorkers
  /// The maximum size of all spans of a body in memory; a larger one gets 413. It bounds the work for a body.
  let maximumCost: Int

  /// Stores the valid spans, and returns those that are not.
  ///
  /// - Parameter list: the spans of the body; called on a thread of its own.
  /// - Throws: `SpanError` if the body is no list of spans, `HTTPError` with 413 or 429, `IngestQueue.Refusal` if
  /// nothing
  ///   more can be stored.
  func take(
    share: BodyBudget.Share, _ list: @escaping @Sendable () throws -> SpanListReader
  ) async throws -> Refused {
    var batch = try await workers.run { [maximumCost] ticket in
      var batch = try Batch(list(), ticket)
      try batch.check(maximumCost: maximumCost, ticket)
      return batch
    }
    var refused = batch.refused
    store.note(refused: refused.count)
    while true {
      let cost = batch.cost
      guard share.grow(by: cost) else { throw BodyReader.tooMuch }
      defer { share.shrink(by: cost) }
      do {
        try await store.submit(batch.pieces)
      } catch IngestQueue.Refusal.record(let reason, let spans, _) {
        refused.add(reason, count: spans)
      }
      guard let rest = batch.rest else { return refused }
      batch = try await workers.run { ticket in try Batch(rest, ticket) }
    }
  }

  /// The spans of a body up to a size in memory, sorted into pieces.
  private struct Batch: Sendable {
    private(set) var pieces: [TracePiece] = []
    private(set) var cost = 0
    /// What is wrong with elements of the body.
    private(set) var refused = Refused()
    /// Where the next batch begins; `nil` if there is none.
    private(set) var rest: SpanListReader?
    /// Of the last span: a trace keeps an origin once for all spans that follow each other.
    private var last: (origin: OTLPOrigin, trace: ZipkinTraceID)?

    init(_ reader: SpanListReader, _ ticket: QueryTicket) throws {
      var reader = reader
      var spans: [ZipkinSpan] = []
      var place = reader
      while let element = try reader.next() {
        guard let (span, spanCost) = valid(element) else {
          place = reader
          continue
        }
        if cost > 0, cost + 2 * spanCost > batchCost {
          rest = place
          break
        }
        // A piece holds each span and its encoded form.
        cost += 2 * spanCost
        spans.append(span)
        if spans.count & 1023 == 0 { try ticket.check() }
        place = reader
      }
      pieces = TracePiece.pieces(of: spans)
    }

    /// Checks the rest of the body without keeping it. A body is only stored if all of it is a list within the maximum
    /// size.
    mutating func check(maximumCost: Int, _ ticket: QueryTicket) throws {
      guard var reader = rest else { return }
      var total = cost / 2
      var count = 0
      while let element = try reader.next() {
        if let (_, spanCost) = valid(element) { total += spanCost }
        count += 1
        if count & 1023 == 0 { try ticket.check() }
        if total > maximumCost {
          throw HTTPError(
            .contentTooLarge,
            message: "The spans would take more than \(maximumCost) bytes of memory: send fewer at a time")
        }
      }
    }

    /// A span that can be stored, and its size in memory. Others are noted as refused.
    private mutating func valid(_ element: SpanListReader.Element) -> (ZipkinSpan, Int)? {
      switch element {
      case .refused(let error): refused.add(error.description)
      case .span(let span):
        var cost = span.memoryCost
        if let origin = span.otlp?.origin {
          let isRepeated = last.map { $0.origin === origin && $0.trace == span.traceID } ?? false
          last = (origin, span.traceID)
          if !isRepeated { cost += origin.size }
        }
        if cost <= maximumSpanCost { return (span, cost) }
        refused.add(
          "The span \(span.id) of the trace \(span.traceID) must take at most \(maximumSpanCost) bytes, but takes \(cost)"
        )
      }
      return nil
    }
  }
}
