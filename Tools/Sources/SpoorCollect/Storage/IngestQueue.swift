import Foundation

/// Where requests wait for the next transaction: each commit takes all that has come in since the last one.
///
/// It holds so many bytes and no more; what does not fit is refused, and its sender told to come again.
final class IngestQueue: @unchecked Sendable {  // Everything mutable is guarded by `lock`.
  /// Why pieces were not taken.
  enum Refusal: Error, Equatable {
    /// Too much is waiting.
    case full
    /// The store cannot be written.
    case failed(String)
  }

  /// What one request brings.
  struct Batch: Sendable {
    let pieces: [TracePiece]
    let bytes: Int
    let spans: Int

    init(_ pieces: [TracePiece]) {
      self.pieces = pieces
      spans = pieces.reduce(0) { $0 + $1.spans }
      // What lies around the bodies: names, calls, the arrays themselves.
      bytes = pieces.reduce(0) { sum, piece in
        sum + 512 + piece.body.count + piece.calls.count * 64 + piece.logs.reduce(0) { $0 + $1.json.count * 3 }
      }
    }
  }

  private let limit: Int
  private let commit: @Sendable ([Batch]) async throws -> Void
  private let lock = NSLock()
  private var waiting: [(batch: Batch, done: CheckedContinuation<Void, any Error>)] = []
  private var waitingBytes = 0
  private var isWriting = false

  /// - Parameters:
  ///   - limit: bytes that may wait, those being written included.
  ///   - commit: writes batches so that they outlive the process, or throws and has written none of them.
  init(limit: Int, commit: @escaping @Sendable ([Batch]) async throws -> Void) {
    self.limit = limit
    self.commit = commit
  }

  /// Returns when the batch is safe.
  /// - Throws: ``Refusal``.
  func submit(_ batch: Batch) async throws {
    guard !batch.pieces.isEmpty else { return }
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      // A batch that is larger than the limit itself is let in when nothing else is waiting.
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
