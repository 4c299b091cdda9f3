internal import CSpoor
internal import Logging
internal import SpoorBytes
package import SpoorJournal
package import SpoorStacks

/// The way from a record to standard output: encoder, ring, writer. One per process; every handler shares it.
package final class LogPipeline: Sendable {
  /// How a line looks.
  package enum Format: Sendable { case json, console(colour: Bool) }

  /// When a line is on its way.
  package enum Mode: Sendable {
    /// In the ring, at once. With `writesErrors`, records of level error and above are written before the call returns:
    /// for a ring in memory, which dies with the process.
    case ring(writesErrors: Bool)
    /// Written before the call returns.
    case synchronous
  }

  package let settings: LogSettings
  let breadcrumbs: Breadcrumbs
  /// Nil where nothing is kept back.
  package let heldLines: HeldLines?
  /// Nil where every line is written.
  let repeatedLines: RepeatedLines?
  private let json: JSONLogEncoder
  private let console: ConsoleLogEncoder?
  private let ring: LogRing
  package let writer: LogWriter
  private let mode: Mode
  private let patience: UInt64
  private let resolver: StackResolver
  /// A forked child has neither the ring nor the thread that empties it.
  private let forkCount = spoor_fork_count()
  private let scratch = (0..<16).map { _ in Scratch() }

  /// A thread's memory for a record. The lock is its own, not a `Locked`, which another module's generic type would not be
  /// specialised for; and the memory is behind a pointer, because each access to a class's property that the compiler
  /// cannot see through is checked at run time, 60 ns per record.
  @safe
  private final class Scratch: @unchecked Sendable {  // Only touched with `lock` held.
    private struct Memory: ~Copyable {
      var bytes = GrowingBytes(capacity: 4096)
      var encoder = LogEncoderMemory()
    }

    private let lock: UnsafeMutablePointer<UInt32>
    private let memory: UnsafeMutablePointer<Memory>

    init() {
      unsafe lock = .allocate(capacity: 1)
      unsafe lock.initialize(to: 0)
      unsafe memory = .allocate(capacity: 1)
      unsafe memory.initialize(to: Memory())
    }

    deinit {
      unsafe memory.deinitialize(count: 1)
      unsafe memory.deallocate()
      unsafe lock.deallocate()
    }

    /// Hands the memory out. False where it is in use, possibly further up on this very thread: a user's code runs with it,
    /// which may log itself, or take long. Nobody ever waits for it.
    @inline(__always)
    func tryLock(_ body: (inout GrowingBytes, UnsafeMutablePointer<LogEncoderMemory>) -> Void) -> Bool {
      guard unsafe spoor_try_lock(lock) else { return false }
      unsafe memory.pointee.bytes.removeAll()
      unsafe body(&memory.pointee.bytes, &memory.pointee.encoder)
      unsafe spoor_unlock(lock)
      return true
    }
  }

  /// - Parameters:
  ///   - ring: the ring, in the journal's mapping or in memory of its own.
  ///   - outputs: where lines go.
  ///   - patience: how long a full ring is waited for, in nanoseconds; 0 for not at all.
  ///   - symbolicator: makes names of stacks, on a thread of its own.
  package init(
    settings: LogSettings, format: Format, ring: LogRing, outputs: LogOutputs, mode: Mode, patience: UInt64,
    symbolicator: Symbolicator = Symbolicator()
  ) {
    self.settings = settings
    breadcrumbs = Breadcrumbs(limit: settings.breadcrumbs)
    heldLines = settings.heldLevel.map { _ in HeldLines(limit: settings.heldLines) }
    repeatedLines = settings.sampling.map(RepeatedLines.init)
    let json = JSONLogEncoder(settings: settings)
    self.json = json
    console =
      if case .console(let colour) = format { ConsoleLogEncoder(settings: settings, usesColour: colour) } else { nil }
    self.ring = ring
    self.mode = mode
    self.patience = patience
    let resolver = StackResolver(
      symbolicator: symbolicator, limits: StackTokens.Limits(settings),
      patience: settings.stackPatience)
    self.resolver = resolver
    writer = LogWriter(ring: ring, outputs: outputs, resolver: resolver) { count, reason in
      var output = GrowingBytes()
      var memory = LogEncoderMemory()
      var fields: Logger.Metadata = ["count": .stringConvertible(count)]
      if !reason.isEmpty { fields["reason"] = .string(reason) }
      json.encode(
        LogRecord(
          time: spoor_realtime_ns(), level: .warning, message: "log_lines_dropped", logger: "spoor",
          fields: LogFields(call: fields)),
        into: &output, memory: &memory)
      return output.array()
    }
  }

  /// Starts the writer's thread, which does `housekeeping` about once a second.
  package func start(housekeeping: @escaping @Sendable () -> Void = {}) {
    _ = writer.start { [weak self] in
      self?.reportSuppressed()
      housekeeping()
    }
  }

  /// Writes what was left out of lines that repeat. The writer's thread does so once a second.
  ///
  /// - Parameter all: of intervals that are not over too.
  package func reportSuppressed(all: Bool = false) {
    for left in repeatedLines?.takeSuppressed(all: all) ?? [] {
      write(
        LogRecord(
          time: spoor_realtime_ns(), level: left.level, message: "log_lines_suppressed", logger: left.logger,
          fields: LogFields(call: ["count": .stringConvertible(left.count), "suppressed_event": .string(left.event)])))
    }
  }

  /// Lines that were dropped because the ring was full or they were too long for it.
  package var droppedCount: UInt64 { ring.droppedCount &+ writer.outputs.lostLines }

  /// Writes a line that a dead process had ready, as it is. False where there is no room now: nothing is lost then.
  package func writeVerbatim(_ line: [UInt8]) -> Bool {
    unsafe line.withUnsafeBytes { unsafe ring.appendIfRoom($0) }
  }

  /// Writes a record. Never throws and never blocks for longer than ``patience``, but in synchronous mode.
  package func write(_ record: borrowing LogRecord) {
    guard spoor_fork_count() == forkCount else { return writeInForkedChild(record) }
    let wasFree = unsafe scratch[Int(spoor_thread_number()) & 15].tryLock { bytes, memory in
      unsafe put(record, &bytes, &memory.pointee)
    }
    if !wasFree {
      var bytes = GrowingBytes()
      var memory = LogEncoderMemory()
      put(record, &bytes, &memory)
    }
    finish(isUrgent: record.level >= .error)
  }

  /// A record as it would be written.
  func line(of record: borrowing LogRecord) -> [UInt8] {
    var bytes = GrowingBytes()
    var memory = LogEncoderMemory()
    if let console {
      console.encode(record, into: &bytes, memory: &memory)
    } else {
      json.encode(record, into: &bytes, memory: &memory)
    }
    return bytes.array()
  }

  /// Writes a whole line without a stack.
  func writeLine(_ line: [UInt8]) {
    guard spoor_fork_count() == forkCount else { return unsafe line.withUnsafeBytes { unsafe writeInForkedChild($0) } }
    _ = unsafe line.withUnsafeBytes { unsafe ring.append($0, isUrgent: false, patience: patience) }
    finish(isUrgent: false)
  }

  @inline(__always)
  private func put(
    _ record: borrowing LogRecord, _ bytes: inout GrowingBytes, _ memory: inout LogEncoderMemory
  ) {
    if let console {
      console.encode(record, into: &bytes, memory: &memory)
    } else {
      json.encode(record, into: &bytes, memory: &memory)
    }
    unsafe bytes.withBytes { line in
      let isUnresolved = unsafe record.hasFailure && StackTokens.areIn(line)
      _ = unsafe ring.append(line, isUrgent: record.level >= .error, isUnresolved: isUnresolved, patience: patience)
    }
  }

  /// Writes a record whose fields the closure adds.
  func write(_ head: LogEventHead, _ fields: (inout EventFields) -> Void) {
    let isUrgent = head.level >= .error
    guard spoor_fork_count() == forkCount else {
      return unsafe withNewMemory(head, fields) { unsafe writeInForkedChild($0) }
    }
    let wasFree = unsafe scratch[Int(spoor_thread_number()) & 15].tryLock { bytes, memory in
      unsafe encode(head, fields, into: &bytes, memory)
      unsafe bytes.withBytes { _ = unsafe ring.append($0, isUrgent: isUrgent, patience: patience) }
    }
    if !wasFree {
      unsafe withNewMemory(head, fields) { _ = unsafe ring.append($0, isUrgent: isUrgent, patience: patience) }
    }
    finish(isUrgent: isUrgent)
  }

  @inline(__always)
  private func encode(
    _ head: LogEventHead, _ fields: (inout EventFields) -> Void, into bytes: inout GrowingBytes,
    _ memory: UnsafeMutablePointer<LogEncoderMemory>
  ) {
    unsafe memory.pointee.fields.removeAll()
    var writer = unsafe EventFields(memory, json.values, constants: json.constantKeys)
    for (key, value) in settings.baggageOfCurrentContext { writer.add(key, value) }
    fields(&writer)
    if let console {
      unsafe console.encode(head, into: &bytes, memory: &memory.pointee)
    } else {
      unsafe json.encode(head, into: &bytes, memory: &memory.pointee)
    }
  }

  @inline(never)
  private func withNewMemory(
    _ head: LogEventHead, _ fields: (inout EventFields) -> Void, _ body: (UnsafeRawBufferPointer) -> Void
  ) {
    var line = GrowingBytes()
    var memory = LogEncoderMemory()
    unsafe withUnsafeMutablePointer(to: &memory) { unsafe encode(head, fields, into: &line, $0) }
    unsafe line.withBytes { unsafe body($0) }
  }

  @inline(__always)
  private func finish(isUrgent: Bool) {
    switch mode {
    case .ring(let writesErrors): if writesErrors, isUrgent { _ = writer.drain(nanoseconds: 100_000_000) }
    case .synchronous: _ = writer.drain(nanoseconds: 1_000_000_000)
    }
  }

  /// Writes directly, with memory of its own: a thread of the parent may have held any of our locks when it forked.
  private func writeInForkedChild(_ record: borrowing LogRecord) {
    var line = GrowingBytes()
    var memory = LogEncoderMemory()
    if let console {
      console.encode(record, into: &line, memory: &memory)
    } else {
      json.encode(record, into: &line, memory: &memory)
    }
    let bytes = unsafe line.withBytes { line in
      unsafe StackTokens.areIn(line) ? resolver.hurried(line) : Array(line)
    }
    unsafe bytes.withUnsafeBytes { unsafe writeInForkedChild($0) }
  }

  private func writeInForkedChild(_ line: UnsafeRawBufferPointer) {
    for descriptor in writer.outputs.descriptors { unsafe Self.write(line, to: LogOutput(descriptor: descriptor)) }
  }

  private static func write(_ line: UnsafeRawBufferPointer, to output: LogOutput) {
    var done = 0
    while done < line.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: line[done...])
      let chunk = unsafe output.chunk(of: rest)
      guard case .written = unsafe output.write(UnsafeRawBufferPointer(rebasing: rest[..<chunk]), patience: 1000)
      else { return }
      done += chunk
    }
  }
}
