// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Requests wait here for the next transaction. Each commit writes all that have arrived since the last one.
///
/// It holds a bounded number of bytes. A batch that does not fit is refused, and its sender retries.
final class IngestQueue: @unchecked Sendable {  // Everything mutable is guarded by `lock`.
  /// Why pieces were not stored.
  enum Refusal: Error, Equatable {
    /// Too much is waiting.
    case full
    /// The store cannot be written.
    case failed(String)
    /// Some records cannot be stored, and were left out; the text names them.
    case record(String, spans: Int, logs: Int)
  }

  /// The records of one request.
  struct Batch: Sendable {
    let pieces: [TracePiece]
    /// An estimate of their size in memory, in bytes.
    let bytes: Int
    let spans: Int
    let logs: Int
    let outcome = Outcome()

    init(_ pieces: [TracePiece]) {
      self.pieces = pieces
      spans = pieces.reduce(0) { $0 + $1.spans }
      logs = pieces.reduce(0) { $0 + $1.logs.count }
      bytes = pieces.reduce(0) { $0 + $1.memoryCost }
    }
  }

  /// The records of a batch that were not stored, while the others were.
  final class Outcome: Sendable {
    private let state = Mutex<(names: [String], spans: Int, logs: Int)>(([], 0, 0))

    func refuse(_ piece: TracePiece, _ reason: String) {
      state.withLock { state in
        state.spans += piece.spans
        state.logs += piece.logs.count
        if state.names.count < 10 {
          let what = piece.traceID.map { "trace \($0)" } ?? "log records without a trace"
          state.names.append("\(what) cannot be stored: \(reason)")
        }
      }
    }

    /// `nil` if all were taken.
    var refusal: (text: String, spans: Int, logs: Int)? {
      state.withLock { $0.names.isEmpty ? nil : ($0.names.joined(separator: "\n"), $0.spans, $0.logs) }
    }
  }

  private let limit: Int
  private let commit: @Sendable ([Batch]) async throws -> Void
  private let lock = NSLock()
  private var waiting: [(batch: Batch, done: CheckedContinuation<Void, any Error>)] = []
  private var waitingBytes = 0
  private var isWriting = false

  /// - Parameters:
  ///   - limit: the maximum size of waiting batches in bytes, including those being written.
  ///   - commit: writes batches durably, or throws and writes none of them.
  init(limit: Int, commit: @escaping @Sendable ([Batch]) async throws -> Void) {
    self.limit = limit
    self.commit = commit
  }

  /// Returns when the batch is safe.
  /// - Throws: ``Refusal``.
  func submit(_ batch: Batch) async throws {
    guard !batch.pieces.isEmpty else { return }
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      // A batch that is larger than the limit is accepted if nothing else is waiting.
      let (isTaken, starts) = lock.withLock {
        guard waitingBytes == 0 || waitingBytes + batch.bytes <= limit else { return (false, false) }
        waiting.append((batch, done))
        waitingBytes += batch.bytes
        defer { isWriting = true }
        return (true, !isWriting)
      }
      if !isTaken { done.resume(throwing: Refusal.full) }
      if starts { Task { await write() } }
    }
  }

  private func write() async {
    while true {
      let taken = lock.withLock {
        let taken = waiting
        waiting = []
        if taken.isEmpty { isWriting = false }
        return taken
      }
      if taken.isEmpty { return }
      let outcome: Result<Void, any Error>
      do {
        try await commit(taken.map(\.batch))
        outcome = .success(())
      } catch {
        outcome = .failure(Refusal.failed("\(error)"))
      }
      let bytes = taken.reduce(0) { $0 + $1.batch.bytes }
      lock.withLock { waitingBytes -= bytes }
      for entry in taken { entry.done.resume(with: outcome) }
    }
  }
}
