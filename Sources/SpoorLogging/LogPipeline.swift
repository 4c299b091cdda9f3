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
  /// Of ``json``, at a place of their own that ``EventFields`` reads them at.
  private let fieldRules: FieldRules.Place
  private let console: ConsoleLogEncoder?
  private let ring: LogRing
  package let writer: LogWriter
  private let mode: Mode
  private let patience: UInt64
  /// Of the settings, which would be copied to be asked.
  private let asksForBaggage: Bool
  private let resolver: StackResolver
  /// A forked child has neither the ring nor the thread that empties it.
  private let forkCount = spoor_fork_count()
  private let memories = Guarded(count: 16) { LineMemory() }

  /// What making a line takes.
  private struct LineMemory: ~Copyable {
    var line = GrowingBytes(capacity: 4096)
    var encoder = LogEncoderMemory()
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
    asksForBaggage = !settings.baggageFields.isEmpty
    breadcrumbs = Breadcrumbs(limit: settings.breadcrumbs)
    heldLines = settings.heldLevel.map { _ in HeldLines(limit: settings.heldLines) }
    repeatedLines = settings.sampling.map(RepeatedLines.init)
    let json = JSONLogEncoder(settings: settings)
    self.json = json
    fieldRules = FieldRules.Place(json.fieldRules)
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

  /// Gets a logger's name ready.
  func label(_ name: String) -> LogLabel { json.label(name) }

  /// Starts the writer's thread, which does `housekeeping` about once a second.
  package func start(housekeeping: @escaping @Sendable () -> Void = {}) {
    guard repeatedLines != nil else {
      // Without a weak reference, which would make each strong one cost 10 ns more, on the way of every record.
      _ = writer.start(housekeeping: housekeeping)
      return
    }
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
    withMemory { memory in
      encode(record, into: &memory)
      unsafe memory.line.withBytes { line in
        let isUnresolved = unsafe record.hasFailure && StackTokens.areIn(line)
        _ = unsafe ring.append(line, isUrgent: record.level >= .error, isUnresolved: isUnresolved, patience: patience)
      }
    }
    finish(isUrgent: record.level >= .error)
  }

  /// Writes a record of nothing but a message and the call's own fields. Returns false, with nothing written, where it takes
  /// more to write it.
  @inline(__always)
  func write(_ head: LogHead<String>, _ label: LogLabel, _ fields: Logger.Metadata) -> Bool {
    guard spoor_fork_count() == forkCount, console == nil else { return false }
    var isWritten = false
    withMemory { memory in
      memory.line.removeAll()
      isWritten = json.encode(head, label, fields, into: &memory.line, memory: &memory.encoder)
      guard isWritten else { return }
      unsafe memory.line.withBytes {
        unsafe _ = ring.append($0, isUrgent: head.level >= .error, patience: patience)
      }
    }
    if isWritten { finish(isUrgent: head.level >= .error) }
    return isWritten
  }

  /// A record as it would be written.
  func line(of record: borrowing LogRecord) -> [UInt8] {
    var memory = LineMemory()
    encode(record, into: &memory)
    return memory.line.array()
  }

  /// Writes a whole line without a stack.
  func writeLine(_ line: [UInt8]) {
    guard spoor_fork_count() == forkCount else { return unsafe line.withUnsafeBytes { unsafe writeInForkedChild($0) } }
    _ = unsafe line.withUnsafeBytes { unsafe ring.append($0, isUrgent: false, patience: patience) }
    finish(isUrgent: false)
  }

  /// Writes a record whose fields the closure adds.
  func write(_ head: LogHead<StaticString>, _ label: LogLabel, _ fields: (inout EventFields) -> Void) {
    let isUrgent = head.level >= .error
    guard spoor_fork_count() == forkCount else {
      var memory = LineMemory()
      encode(head, label, fields, into: &memory)
      return unsafe memory.encoder.event.bytes.withBytes { unsafe writeInForkedChild($0) }
    }
    withMemory { memory in
      encode(head, label, fields, into: &memory)
      unsafe memory.encoder.event.bytes.withBytes {
        _ = unsafe ring.append($0, isUrgent: isUrgent, patience: patience)
      }
    }
    finish(isUrgent: isUrgent)
  }

  /// Hands out this thread's memory; new memory where it is in use, possibly further up on this very thread: a user's code
  /// runs with it, which may log itself, or take long.
  @inline(__always)
  private func withMemory(_ body: (inout LineMemory) -> Void) {
    if memories.withLockIfFree(at: UInt64(spoor_thread_number()), body) { return }
    var memory = LineMemory()
    body(&memory)
  }

  @inline(__always)
  private func encode(_ record: borrowing LogRecord, into memory: inout LineMemory) {
    memory.line.removeAll()
    if let console {
      console.encode(record, into: &memory.line, memory: &memory.encoder)
    } else {
      json.encode(record, into: &memory.line, memory: &memory.encoder)
    }
  }

  /// Makes the line of a record whose fields the closure adds, as that of the memory's event.
  @inline(__always)
  private func encode(
    _ head: LogHead<StaticString>, _ label: LogLabel, _ fields: (inout EventFields) -> Void,
    into memory: inout LineMemory
  ) {
    memory.encoder.event.removeAll()
    if console == nil { json.begin(head, label, in: &memory.encoder) }
    unsafe withUnsafeMutablePointer(to: &memory.encoder) { encoder in
      var writer = unsafe EventFields(encoder, fieldRules.address)
      if asksForBaggage {
        for (key, value) in settings.baggageOfCurrentContext { writer.add(key, value) }
      }
      fields(&writer)
    }
    guard let console else { return json.end(&memory.encoder.event) }
    memory.line.removeAll()
    console.encode(head, memory.encoder.event, into: &memory.line, timestamp: &memory.encoder.timestamp)
    swap(&memory.line, &memory.encoder.event.bytes)
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
    unsafe line(of: record).withUnsafeBytes { line in
      guard unsafe StackTokens.areIn(line) else { return unsafe writeInForkedChild(line) }
      unsafe resolver.hurried(line).withUnsafeBytes { unsafe writeInForkedChild($0) }
    }
  }

  private func writeInForkedChild(_ line: UnsafeRawBufferPointer) {
    for descriptor in writer.outputs.descriptors { unsafe Self.write(line, to: LogOutput(descriptor: descriptor)) }
  }

  private static func write(_ line: UnsafeRawBufferPointer, to output: LogOutput) {
    var done = 0
    while done < line.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: line[done...])
      let turn = unsafe output.turn(of: rest)
      guard case .written = unsafe output.write(UnsafeRawBufferPointer(rebasing: rest[..<turn]), patience: 1000)
      else { return }
      done += turn
    }
  }
}
