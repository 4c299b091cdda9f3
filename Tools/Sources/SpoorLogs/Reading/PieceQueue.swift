// SPDX-License-Identifier: Apache-2.0

/// Reads files in pieces on several threads and returns what a sink took of each piece, in the order of the pieces.
///
/// A piece is read as if its first line did not depend on earlier ones. Where a record began before the piece, the
/// consumer reads it again with what was before, so the result does not depend on where pieces begin.
///
/// The memory does not grow with the files, because only some pieces are read ahead.
/// The lock guards everything that threads share, so the class can be sent.
@safe
final class PieceQueue<Sink: RecordSink>: @unchecked Sendable {
  private typealias State = RecordReader.State

  /// A piece that was read.
  private struct Piece {
    let buffer: LineBuffer
    /// What a sink took; `nil` if the consumer reads the records.
    var result: Result?
  }

  private struct Result {
    var sink: Sink
    var end: State
    var counts: RecordReader.Counts
  }

  private struct File {
    let number: Int
    let reader: LogReader
    let lines: LineSource
    /// An empty sink.
    let sink: Sink
    /// Whether a thread reads the next piece's lines.
    var isBusy = false
    var hasEnded = false
    var failure: ReadFailure?
    /// The number of pieces that were read and taken.
    var readCount = 0
    var takenCount = 0
    var pieces: [Int: Piece] = [:]
    /// What the taken pieces mean for the next one.
    var state = State()
    /// How many pieces in a row began inside a record.
    var misses = 0

    var ahead: Int { readCount - takenCount }
    var isExhausted: Bool { hasEnded && ahead == 0 }
  }

  /// After this many pieces in a row that began inside a record, the consumer reads the records of a file alone.
  private static var maximumMisses: Int { 4 }

  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Signalled when a thread may have something to read.
  private let free = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Signalled when the consumer may have something to take.
  private let ready = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var files: [File]
  /// The first file that the consumer has not finished, and the number of files from it on that may be read.
  private var current = 0
  private let window: Int
  private let limit: Int
  private let pieceSize: Int
  private var spare: [LineBuffer] = []
  private var threadCount = 0
  private var isClosed = false
  /// The consumer's means to read records, too.
  private lazy var own = Worker()

  /// What one thread reads records with.
  private final class Worker {
    let reader = RecordReader(names: CommonNames())
    private var shared: LogQuery?
    private(set) var query = LogQuery.everything
    private(set) var literals: [[UInt8]]?
    /// Empty sinks by the number of their file.
    private var sinks: [Int: Sink] = [:]

    /// Prepares for the query of a file.
    func use(_ file: LogReader) {
      guard shared != file.query else { return }
      shared = file.query
      query = file.query.unshared
      literals = file.usesLiterals ? query.literals : nil
    }

    /// An empty sink for a file.
    func sink(_ file: File) -> Sink {
      if let own = sinks[file.number] { return own }
      let own = file.sink.unshared
      sinks[file.number] = own
      return own
    }
  }

  /// - Parameters:
  ///   - sink: makes an empty sink for a file.
  ///   - inOrder: whether the consumer takes one file after the other, and not parts of all of them in turn.
  ///   - pieceSize: the number of bytes that are read at once.
  init(_ readers: [LogReader], cores: Int, inOrder: Bool, pieceSize: Int?, sink: (LogReader) -> Sink) {
    files = readers.enumerated().map { File(number: $0, reader: $1, lines: $1.lines(), sink: sink($1)) }
    window = inOrder ? cores + 1 : max(1, readers.count)
    // With few files there is memory to read each further ahead while the consumer takes from another one.
    limit = max(readers.count <= 16 ? 4 : 2, (2 * cores + 2) / min(window, max(1, readers.count)))
    self.pieceSize = pieceSize ?? (readers.count > 4 ? 256 << 10 : 1 << 20)
    unsafe pthread_mutex_init(lock, nil)
    unsafe pthread_cond_init(free, nil)
    unsafe pthread_cond_init(ready, nil)
    // The consumer is one of the threads that read. It reads all if the system has no thread left.
    for _ in 1..<max(1, cores) {
      locked { threadCount += 1 }
      if !DetachedThread.start({ self.work() }) {
        locked { threadCount -= 1 }
        break
      }
    }
  }

  deinit {
    unsafe pthread_cond_destroy(free)
    unsafe pthread_cond_destroy(ready)
    unsafe pthread_mutex_destroy(lock)
    unsafe free.deallocate()
    unsafe ready.deallocate()
    unsafe lock.deallocate()
  }

  // MARK: The threads

  private func work() {
    let worker = Worker()
    while true {
      let next: (Int, LineBuffer)? = locked {
        while !isClosed, !files[current...].allSatisfy(\.hasEnded) {
          if let claimed = claim() { return claimed }
          unsafe pthread_cond_wait(free, lock)
        }
        return nil
      }
      guard let (number, buffer) = next else { break }
      read(number, into: buffer, worker)
    }
    locked {
      threadCount -= 1
      unsafe pthread_cond_signal(ready)
    }
  }

  /// The number of a file whose next lines are to be read now, and the memory for them; `nil` if there is none. The
  /// lock must be held.
  private func claim() -> (Int, LineBuffer)? {
    var chosen: Int?
    for number in current..<min(files.count, current + window) {
      guard !files[number].isBusy, !files[number].hasEnded, files[number].ahead < limit else { continue }
      if let other = chosen, files[other].ahead <= files[number].ahead { continue }
      chosen = number
    }
    guard let chosen else { return nil }
    files[chosen].isBusy = true
    return (chosen, spare.popLast() ?? LineBuffer(capacity: pieceSize))
  }

  /// Reads the next lines of a file, and the records in them.
  private func read(_ number: Int, into buffer: LineBuffer, _ worker: Worker) {
    let lines = locked { files[number].lines }
    var failure: ReadFailure?
    var hasLines = false
    do throws(ReadFailure) {
      hasLines = try lines.fill(buffer)
    } catch {
      failure = error
    }
    let (file, ordinal): (File, Int) = locked {
      let ordinal = files[number].readCount
      files[number].isBusy = false
      if hasLines {
        files[number].readCount += 1
      } else {
        files[number].hasEnded = true
        files[number].failure = failure
        spare.append(buffer)
        unsafe pthread_cond_signal(ready)
        unsafe pthread_cond_broadcast(free)
      }
      unsafe pthread_cond_signal(free)
      // The consumer may read the next lines, too; otherwise it would sleep until this piece is parsed.
      unsafe pthread_cond_signal(ready)
      return (files[number], ordinal)
    }
    guard hasLines else { return }
    var piece = Piece(buffer: buffer)
    if file.misses < Self.maximumMisses { piece.result = Self.read(buffer, of: file, after: State(), worker) }
    locked {
      files[number].pieces[ordinal] = piece
      unsafe pthread_cond_signal(ready)
    }
  }

  private static func read(_ buffer: LineBuffer, of file: File, after state: State, _ worker: Worker) -> Result {
    worker.use(file.reader)
    worker.reader.begin(buffer, after: state)
    var sink = worker.sink(file)
    // A piece is in memory, so reading it does not fail.
    while let item = try? worker.reader.next(literals: worker.literals) {
      take(item, of: file.reader, worker, into: &sink)
    }
    return Result(sink: sink, end: worker.reader.state, counts: worker.reader.counts)
  }

  private static func take(_ item: RecordReader.Item, of file: LogReader, _ worker: Worker, into sink: inout Sink) {
    switch item {
    case .record(let view): if worker.query.matches(view) { sink.add(view) }
    case .other(let line): if file.passesOther { unsafe sink.add(other: line) }
    }
  }

  // MARK: The consumer

  /// What the sink took of the next piece of a file; `nil` at its end.
  func next(_ number: Int) -> Sink? {
    var taken: Piece?
    var file = locked { files[number] }
    while true {
      var claimed: (Int, LineBuffer)?
      let isReady = locked {
        while true {
          taken = files[number].pieces.removeValue(forKey: files[number].takenCount)
          file = files[number]
          if taken != nil || file.isExhausted { return true }
          claimed = claim()
          if claimed != nil { return false }
          unsafe pthread_cond_wait(ready, lock)
        }
      }
      if isReady { break }
      if let (other, buffer) = claimed { read(other, into: buffer, own) }
    }
    guard let taken else { return finish(number) }
    if file.misses < Self.maximumMisses { file.misses = file.state.isBetweenRecords ? 0 : file.misses + 1 }
    let result =
      (file.state.isBetweenRecords ? taken.result : nil)
      ?? Self.read(taken.buffer, of: file, after: file.state, own)
    file.reader.add(result.counts)
    locked {
      files[number].takenCount += 1
      files[number].misses = file.misses
      files[number].state = result.end
      if spare.count < limit { spare.append(taken.buffer) }
      unsafe pthread_cond_signal(free)
    }
    return result.sink
  }

  /// Ends a file: returns the record that its end completes, if there is one.
  private func finish(_ number: Int) -> Sink? {
    let file = locked { files[number] }
    if let failure = file.failure { file.reader.fail(failure) }
    locked {
      files[number].state = State()
      if number == current { current += 1 }
      unsafe pthread_cond_broadcast(free)
    }
    guard !file.state.block.isEmpty else { return nil }
    own.use(file.reader)
    own.reader.begin(LineBuffer(capacity: 0), after: file.state)
    guard own.reader.end() else { return nil }
    var sink = file.sink
    while let item = try? own.reader.next() { Self.take(item, of: file.reader, own, into: &sink) }
    return sink
  }

  /// Ends the reading, and waits until no thread uses the readers any more.
  func close() {
    locked {
      isClosed = true
      unsafe pthread_cond_broadcast(free)
      while threadCount > 0 { unsafe pthread_cond_wait(ready, lock) }
    }
  }

  @discardableResult
  private func locked<Value>(_ body: () -> Value) -> Value {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    return body()
  }
}
