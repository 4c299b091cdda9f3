// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import Logging
internal import SpoorBase
package import SpoorJournal
package import SpoorStacks

/// The path of a record to its destinations: encoder, ring, writer. There is one per process, which all handlers share.
package final class LogPipeline: Sendable {
  /// The format of a line.
  package enum Format: Sendable { case json, console(colour: Bool) }

  /// When a line is written.
  package enum Mode: Sendable {
    /// A line is put into the ring and written later. With `writesErrors`, records of level error and above are written
    /// before the call returns, for a ring in memory, which is lost with the process.
    case ring(writesErrors: Bool)
    /// A line is written before the call returns.
    case synchronous
  }

  package let settings: LogSettings
  let breadcrumbs: Breadcrumbs
  /// Nil if no lines are held.
  package let heldLines: HeldLines?
  /// When evicted held lines were logged last, in nanoseconds of the monotonic clock; 0 for never.
  let evictionsReported = Locked<UInt64>(0)
  /// Nil where every line is written.
  let repeatedLines: RepeatedLines?
  private let json: JSONLogEncoder
  /// The field rules of ``json``, at a fixed address from which ``EventFields`` reads them.
  private let fieldRules: FieldRules.Place
  private let console: ConsoleLogEncoder?
  private let ring: LogRing
  package let writer: LogWriter
  private let mode: Mode
  private let patience: UInt64
  /// Whether fields from baggage are configured. Kept here, because reading the settings would copy them.
  private let asksForBaggage: Bool
  private let resolver: StackResolver
  /// Identifies forked children, which have neither the ring nor the thread that empties it.
  private let forkCount = spoor_fork_count()
  private let memories = Guarded(count: 16) { LineMemory() }

  /// The memory for encoding a line.
  private struct LineMemory: ~Copyable {
    var line = GrowingBytes(capacity: 4096)
    var encoder = LogEncoderMemory()
  }

  /// - Parameters:
  ///   - ring: the ring, in the journal's mapping or in memory of its own.
  ///   - outputs: the destinations.
  ///   - patience: how long a caller waits if the ring is full, and for its own line if that is written before the call
  ///     returns, in nanoseconds; 0 for not at all.
  ///   - symbolicator: resolves stacks to names, on its own thread.
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

  /// Encodes a logger's name.
  func label(_ name: String) -> LogLabel { json.label(name) }

  /// Starts the writer's threads.
  ///
  /// - Parameters:
  ///   - idleInterval: how often one of them looks around while there are no lines, in nanoseconds; nil if the caller
  ///     calls ``LogWriter/keepHouse()`` instead.
  ///   - housekeeping: called at most once a second.
  package func start(idleInterval: UInt64? = 1_000_000_000, housekeeping: @escaping @Sendable () -> Void = {}) {
    guard repeatedLines != nil || heldLines != nil else {
      // Without a weak reference, which would make each strong one cost 10 ns more, on the way of every record.
      _ = writer.start(idleInterval: idleInterval, housekeeping: housekeeping)
      return
    }
    _ = writer.start(idleInterval: idleInterval) { [weak self] in
      self?.reportSuppressed()
      self?.reportEvictedLines()
      housekeeping()
    }
  }

  /// Logs the numbers of suppressed repeated lines. The writer's thread calls it once a second.
  ///
  /// - Parameter all: whether to include intervals that have not ended.
  package func reportSuppressed(all: Bool = false) {
    for left in repeatedLines?.takeSuppressed(all: all) ?? [] {
      write(
        LogRecord(
          time: spoor_realtime_ns(), level: left.level, message: "log_lines_suppressed", logger: left.logger,
          fields: LogFields(call: ["count": .stringConvertible(left.count), "suppressed_event": .string(left.event)])))
    }
  }

  /// The number of lines that were dropped because the ring was full, they were too long for it, or a blocked
  /// destination lost them.
  package var droppedCount: UInt64 { ring.droppedCount &+ writer.lostLines }

  /// Writes a dead process's line unchanged. Returns false, without counting a loss, if there is no room at the moment.
  ///
  /// - Parameter isExported: false if the exporter of log records gets the line from the dead process's file.
  package func writeVerbatim(_ line: [UInt8], isExported: Bool = true) -> Bool {
    unsafe line.withUnsafeBytes { unsafe ring.appendIfRoom($0, isExported: isExported) }
  }

  /// Writes a record, after the lines that its trace holds if it is an error, and keeps it as a breadcrumb.
  func writeInTrace(_ record: borrowing LogRecord) {
    if let trace = record.trace {
      // The events that led to the failure come first.
      if record.level >= .error { release(high: trace.traceIDHigh, low: trace.traceIDLow) }
      breadcrumbs.add(.text(record.message), time: record.time, level: record.level, to: trace)
    }
    write(record)
  }

  /// Writes a record. It does not block for longer than ``patience``, except in synchronous mode.
  package func write(_ record: borrowing LogRecord) {
    guard spoor_fork_count() == forkCount else { return writeInForkedChild(record) }
    withMemory { memory in
      encode(record, into: &memory)
      unsafe memory.line.withBytes { line in
        let isUnresolved = unsafe record.hasFailure && StackTokens.areIn(line)
        _ = unsafe ring.append(line, isUrgent: record.level >= .error, isUnresolved: isUnresolved, patience: patience)
      }
    }
    drainIfNeeded(isUrgent: record.level >= .error)
  }

  /// Writes a record that has only a message and the call's own fields. Returns false and writes nothing if the record
  /// needs the general path.
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
    if isWritten { drainIfNeeded(isUrgent: head.level >= .error) }
    return isWritten
  }

  /// The line of a record, without writing it.
  func line(of record: borrowing LogRecord) -> [UInt8] {
    var memory = LineMemory()
    encode(record, into: &memory)
    return memory.line.array()
  }

  /// The line of a record of another service's process, without writing it: JSON in this process's preset.
  ///
  /// - Parameter resource: the process.
  package func line(of record: LogRecord, from resource: Resource) -> [UInt8] {
    var settings = settings
    settings.service = resource.service
    settings.serviceVersion = resource.tags.last { $0.key == "service.version" }?.value
    settings.fields = []
    var output = GrowingBytes()
    var memory = LogEncoderMemory()
    JSONLogEncoder(settings: settings).encode(record, into: &output, memory: &memory)
    return output.array()
  }

  /// Writes a whole line without a stack.
  func writeLine(_ line: [UInt8]) {
    guard spoor_fork_count() == forkCount else { return unsafe line.withUnsafeBytes { unsafe writeInForkedChild($0) } }
    _ = unsafe line.withUnsafeBytes { unsafe ring.append($0, isUrgent: false, patience: patience) }
    drainIfNeeded(isUrgent: false)
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
    drainIfNeeded(isUrgent: isUrgent)
  }

  /// Calls `body` with this thread's memory, or with new memory if that is in use. It may be in use by this very
  /// thread, because a user's code runs with it, which may itself log.
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

  /// Encodes the line of a record whose fields the closure adds, into the memory's event line.
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
  private func drainIfNeeded(isUrgent: Bool) {
    switch mode {
    case .ring(let writesErrors): if writesErrors, isUrgent { writer.writeThrough(nanoseconds: patience) }
    case .synchronous: writer.writeThrough(nanoseconds: patience)
    }
  }

  /// Writes directly and with new memory, because a thread of the parent may have held any lock at the fork.
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
      let outcome = unsafe output.write(
        UnsafeRawBufferPointer(rebasing: rest[..<turn]), until: spoor_monotonic_ns() &+ 1_000_000_000, mayBlock: true)
      guard case .written = outcome else { return }
      done += turn
    }
  }
}
