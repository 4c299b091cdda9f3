// SPDX-License-Identifier: Apache-2.0

/// The matches of a file that a thread of its own reads ahead, in batches, so that several files are searched at once.
///
/// At most ``maximumBatches`` batches wait, so the memory does not grow with the file.
/// The lock guards everything else, and the reader belongs to one thread at a time, so the class can be sent.
@safe
final class MatchQueue: @unchecked Sendable {
  private static let batchSize = 64
  private static let maximumBatches = 3

  private let reader: LogReader
  private let permits: Permits
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var batches: [[LogReader.Match]] = []
  private var hasEnded = false
  private var isClosed = false
  /// The batch from which the consumer takes, its next match last.
  private var current: [LogReader.Match] = []

  /// Begins to read on a thread.
  init(_ reader: LogReader, permits: Permits) {
    self.reader = reader
    self.permits = permits
    unsafe pthread_mutex_init(lock, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(lock)
    unsafe changed.deallocate()
    unsafe lock.deallocate()
  }

  /// Starts the thread; `false` if the system has none left, and then nothing was read.
  func start() -> Bool { DetachedThread.start { self.read() } }

  private func read() {
    var isAtEnd = false
    while !isAtEnd {
      permits.take()
      var batch: [LogReader.Match] = []
      while batch.count < Self.batchSize {
        guard let match = reader.next() else {
          isAtEnd = true
          break
        }
        batch.append(match)
      }
      permits.give()
      locked {
        while batches.count >= Self.maximumBatches, !isClosed { unsafe pthread_cond_wait(changed, lock) }
        if !batch.isEmpty, !isClosed { batches.append(batch) }
        if isClosed { isAtEnd = true }
        hasEnded = isAtEnd
        unsafe pthread_cond_broadcast(changed)
      }
    }
  }

  /// The next match; `nil` at the end.
  func next() -> LogReader.Match? {
    if let match = current.popLast() { return match }
    locked {
      while batches.isEmpty, !hasEnded { unsafe pthread_cond_wait(changed, lock) }
      if !batches.isEmpty {
        current = batches.removeFirst().reversed()
        unsafe pthread_cond_broadcast(changed)
      }
    }
    return current.popLast()
  }

  /// Ends the reading, and waits until the thread does not use the reader any more.
  func close() {
    locked {
      isClosed = true
      unsafe pthread_cond_broadcast(changed)
      while !hasEnded { unsafe pthread_cond_wait(changed, lock) }
    }
  }

  private func locked(_ body: () -> Void) {
    unsafe pthread_mutex_lock(lock)
    body()
    unsafe pthread_mutex_unlock(lock)
  }

  /// Limits how many threads read at once.
  @safe
  final class Permits: @unchecked Sendable {  // A semaphore.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init(_ count: Int) { unsafe sem_init(semaphore, 0, UInt32(count)) }

    deinit {
      unsafe sem_destroy(semaphore)
      unsafe semaphore.deallocate()
    }

    func take() { while unsafe sem_wait(semaphore) != 0, errno == EINTR {} }
    func give() { unsafe sem_post(semaphore) }
  }
}
