internal import CSpoor
package import SpoorJournal

/// The thread that takes lines out of the ring and writes them.
///
/// An urgent line wakes it at once, and so does the first one after a silence; else it looks every ``pause``, or when a part
/// of the ring has filled: to wake it costs whoever logs microseconds. A
/// descriptor that blocks or fails is tried again, for ever: the lines stay in the ring, and what the ring cannot hold is
/// counted and said in a record of its own once it flows again.
package final class LogWriter: Sendable {
  private let ring: LogRing
  package let outputs: LogOutputs
  private let resolver: StackResolver
  /// Makes the record that says how many lines were dropped, with its line end.
  private let droppedRecord: @Sendable (_ count: UInt64, _ reason: String) -> [UInt8]
  /// How long lines are gathered before they are written: 20 ms.
  private static let pause: UInt64 = 20_000_000

  private let reader = Locked(Reader())
  private struct Reader: Sendable {
    var buffer: [UInt8] = []
    var positions: [UInt64] = []
    /// Bytes of `buffer` that are out everywhere: none or all.
    var done = 0
    var reportedDrops: UInt64 = 0
    var lastFailure = ""
    var lines: UInt64 = 0
  }

  private let control = Locked(Control())
  private struct Control: Sendable {
    var isStopping = false
    var hasStopped = false
    var housekeeping: @Sendable () -> Void = {}
  }

  package init(
    ring: LogRing, outputs: LogOutputs, resolver: StackResolver,
    droppedRecord: @escaping @Sendable (_ count: UInt64, _ reason: String) -> [UInt8]
  ) {
    self.ring = ring
    self.resolver = resolver
    self.outputs = outputs
    self.droppedRecord = droppedRecord
  }

  /// Lines written so far.
  package var writtenCount: UInt64 { reader.withLock { $0.lines } }

  /// Starts the thread. False where the system gives none: lines are then written by ``drain(nanoseconds:)`` alone.
  ///
  /// - Parameter housekeeping: done about once a second by the thread, with no lock held.
  package func start(housekeeping: @escaping @Sendable () -> Void = {}) -> Bool {
    control.withLock { $0.housekeeping = housekeeping }
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    let code = unsafe spoor_thread_start(
      "spoor-log",
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<LogWriter>.fromOpaque(context).takeRetainedValue().run()
      }, context)
    if code != 0 { unsafe Unmanaged<LogWriter>.fromOpaque(context).release() }
    return code == 0
  }

  /// Ends the thread after what is in the ring is written.
  package func stop() {
    control.withLock { $0.isStopping = true }
    ring.bell.ring()
  }

  /// Writes what is in the ring, from the calling thread, for at most so long. Returns whether all of it is out.
  ///
  /// - Parameter isLast: the process is about to end: what waits for the names of its stacks gets what can be had at once
  ///   when the time is nearly over.
  package func drain(nanoseconds: UInt64, isLast: Bool = false) -> Bool {
    let deadline = spoor_monotonic_ns() &+ nanoseconds
    let hurry = deadline &- nanoseconds / 5
    defer { if isLast { resolver.hurry(false) } }
    repeat {
      if isLast, spoor_monotonic_ns() >= hurry { resolver.hurry(true) }
      let rings = ring.bell.count
      guard pump(patience: 10) == .idle else { continue }
      if ring.isEmpty { return true }
      ring.bell.wait(after: rings, nanoseconds: 500_000)
    } while spoor_monotonic_ns() < deadline
    return ring.isEmpty
  }

  private func run() {
    var lastHousekeeping = spoor_monotonic_ns()
    var isSilent = true
    while true {
      let rings = ring.bell.count
      let now = spoor_monotonic_ns()
      if now &- lastHousekeeping >= 1_000_000_000 {
        lastHousekeeping = now
        control.withLock { $0.housekeeping }()
      }
      let progress = pump(patience: 200)
      let isStopping = control.withLock { $0.isStopping }
      switch progress {
      case .wrote: isSilent = false
      case .blocked:
        if isStopping { return }
        ring.bell.wait(after: rings, nanoseconds: 50_000_000)
      case .idle:
        if isStopping { return }
        guard isSilent else {
          isSilent = true
          ring.bell.wait(after: rings, nanoseconds: Self.pause)
          continue
        }
        ring.readerSleeps()
        if !ring.isEmpty {
          // Somebody is still copying: look again shortly.
          ring.readerIsAwake()
          ring.bell.wait(after: rings, nanoseconds: 1_000_000)
          continue
        }
        ring.bell.wait(after: rings, nanoseconds: 1_000_000_000)
        ring.readerIsAwake()
        if !isStopping, !ring.isEmpty { ring.bell.wait(after: ring.bell.count, nanoseconds: Self.pause) }
      }
    }
  }

  private enum Progress { case idle, wrote, blocked }

  /// Writes one batch.
  private func pump(patience: Int32) -> Progress {
    reader.withLock { reader in
      if reader.done == reader.buffer.count { gather(&reader) }
      guard !reader.buffer.isEmpty else { return .idle }
      switch unsafe reader.buffer.withUnsafeBytes({ unsafe outputs.write($0, patience: patience) }) {
      case .written:
        reader.done = reader.buffer.count
        return .wrote
      case .blocked(_, let code):
        reader.lastFailure = "errno \(code)"
        return .blocked
      }
    }
  }

  private func gather(_ reader: inout Reader) {
    for position in reader.positions { ring.markWritten(position) }
    reader.lines += UInt64(reader.positions.count)
    if !reader.positions.isEmpty { ring.advance() }
    reader.positions.removeAll(keepingCapacity: true)
    reader.buffer.removeAll(keepingCapacity: true)
    reader.done = 0
    let dropped = ring.droppedCount
    if dropped > reader.reportedDrops {
      reader.buffer += droppedRecord(dropped - reader.reportedDrops, reader.lastFailure)
      reader.reportedDrops = dropped
    }
    let lost = outputs.takeLoss()
    if lost > 0 { reader.buffer += droppedRecord(lost, "a destination took no lines: \(reader.lastFailure)") }
    unsafe ring.forEachCommitted { line, position, isUnresolved in
      if isUnresolved {
        guard let whole = unsafe resolver.line(at: position, line, wake: { [ring] in ring.bell.ring() }) else {
          return true
        }
        reader.buffer += whole
      } else {
        unsafe reader.buffer.append(contentsOf: line)
      }
      reader.positions.append(position)
      return reader.buffer.count < 256 << 10
    }
    outputs.prepare(hasLines: !reader.buffer.isEmpty)
  }
}
