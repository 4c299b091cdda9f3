// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase
package import SpoorExport
package import SpoorJournal
package import SpoorLogging
package import SpoorStacks

/// The stacks and crashes of dead processes, with names from their own images: for spans, log lines and the record
/// `process_crashed`.
package final class DeadProcessReport: Sendable {
  private let limits: StackTokens.Limits
  private let detail: NameDetail
  private let readsOnDemand: Bool
  private let known = Locked<[String: Known]>([:])

  struct Known: Sendable {
    let symbolicator: Symbolicator?
    let crash: CrashRecord?
    /// Nil until the names have been read.
    var crashText: CrashText?
  }

  /// A crash as text: its reason, stack and fingerprint.
  struct CrashText: Sendable {
    let reason: String
    let stack: String
    let fingerprint: String

    init(_ crash: CrashRecord, _ symbolicator: Symbolicator) {
      reason = crash.reason(symbolicator)
      stack = symbolicator.text(crash.stack)
      fingerprint =
        Fingerprint(type: crash.signalName, places: [symbolicator.place(of: crash.stack)]).description
    }
  }

  /// - Parameters:
  ///   - detail: how much is read for the frames of a stack.
  ///   - readsOnDemand: whether names are read when a span or line is asked for, if ``prepare(_:)`` was not called
  ///     before. False in a service, whose shipper must not wait for files.
  package init(
    limits: StackTokens.Limits, detail: NameDetail = .inlined, readsOnDemand: Bool
  ) {
    self.limits = limits
    self.detail = detail
    self.readsOnDemand = readsOnDemand
  }

  func of(_ dead: DeadJournal) -> Known {
    known.withLock { known in
      if let found = known[dead.path] { return found }
      if known.count > 256 { known = [:] }
      // If a process died while it read this file, the stacks may have been the cause.
      let detail = dead.interruptedReads > 0 ? .off : detail
      let found = Known(
        symbolicator: CrashRecord.symbolicator(of: dead.crashArea, detail: detail), crash: Self.crash(of: dead))
      known[dead.path] = found
      return found
    }
  }

  /// The crash that ended the process. Nil if the process did not crash, or survived the signal because a handler of
  /// its own dealt with it. Also nil if the area is damaged.
  private static func crash(of dead: DeadJournal) -> CrashRecord? {
    guard let crash = try? CrashRecord.read(dead.crashArea) else { return nil }
    // Other threads run on for a moment while the signal ends the process.
    let moment: UInt64 = 100_000_000
    let hasLivedOn = dead.lastSeenMonotonic > crash.survivedAfter &+ moment
    return hasLivedOn || dead.endedAt.map { $0 > crash.survivedAfter } ?? false ? nil : crash
  }

  /// Reads the names of all stacks that a dead process has left: of its crash, its spans and its lines. Takes
  /// milliseconds, and much more in a debug build.
  package func prepare(_ dead: DeadJournal) { dead.whileReading { readNames(of: dead) } }

  private func readNames(of dead: DeadJournal) {
    let found = of(dead)
    guard let symbolicator = found.symbolicator else { return }
    if let crash = found.crash {
      let text = CrashText(crash, symbolicator)
      known.withLock { $0[dead.path]?.crashText = text }
    }
    for entry in dead.entries {
      let stacks = dead.withRecord(entry) { record in
        record.fields.filter { $0.kind == .attribute && $0.type == .addresses }
          .map { field in unsafe (0..<field.value.count / 8).map { field.word($0) } }
      }
      for stack in stacks ?? [] { _ = symbolicator.resolve(CapturedStack(calls: stack)) }
    }
    for line in dead.lines {
      unsafe line.withUnsafeBytes { bytes in
        guard unsafe StackTokens.areIn(bytes) else { return }
        _ = unsafe StackTokens.resolved(bytes, limits: limits, with: symbolicator)
      }
    }
  }

  private func text(of crash: CrashRecord, _ dead: DeadJournal) -> CrashText? {
    if let text = of(dead).crashText { return text }
    guard let symbolicator = CrashRecord.symbolicator(of: dead.crashArea, detail: readsOnDemand ? detail : .off) else {
      return nil
    }
    return CrashText(crash, symbolicator)
  }

  /// How its spans are encoded.
  ///
  /// - Parameter encoder: makes an encoder with the names of the dead process's stacks.
  package func style(
    of dead: DeadJournal, encoder: @Sendable (Symbolicator) -> any SpanEncoder
  ) -> DeadJournalStyle {
    let known = of(dead)
    var style = DeadJournalStyle(encoder: encoder(known.symbolicator ?? Symbolicator(detail: .off)))
    if let crash = known.crash, let slot = crash.span?.slot, let text = text(of: crash, dead) {
      style.crash = (
        slot,
        [
          ("spoor.crash.signal", crash.signalName), ("spoor.crash.reason", text.reason),
          ("error.stack_trace", String(text.stack.prefix(8000))),
        ]
      )
    }
    return style
  }

  /// An unwritten line of a dead process, with names.
  package func resolved(_ line: [UInt8], of dead: DeadJournal) -> [UInt8] {
    unsafe line.withUnsafeBytes { bytes in
      guard unsafe StackTokens.areIn(bytes) else { return line }
      guard let symbolicator = of(dead).symbolicator else { return StackTokens.withAddresses(line) }
      // If nothing may be read now, frames whose names are not known keep their addresses.
      return unsafe StackTokens.resolved(
        bytes, limits: limits, with: symbolicator, reads: readsOnDemand)
    }
  }

  /// The record `process_crashed`; nil if the process did not crash.
  ///
  /// - Parameter inFlight: the spans that were open.
  func crashRecord(of dead: DeadJournal, inFlight: [Logger.MetadataValue], time: UInt64) -> LogRecord? {
    guard let crash = of(dead).crash, let text = text(of: crash, dead) else { return nil }
    var record = LogRecord(
      time: time, level: .critical, message: "process_crashed", logger: "spoor",
      trace: crash.span.map {
        LogTrace(
          traceIDHigh: $0.traceIDHigh, traceIDLow: $0.traceIDLow, spanID: $0.spanID, isSampled: $0.slot != nil)
      },
      fields: LogFields(call: [
        "crashed_at": .string(LogTime.text(nanoseconds: crash.timeNanoseconds)),
        "in_flight": .array(inFlight), "instance": .string(dead.resource.instance),
        "pid": .stringConvertible(Int(crash.processID)), "signal": .string(crash.signalName),
        "span_source": .string(crash.spanSource?.rawValue ?? "none"), "thread": .string(crash.threadName),
      ]))
    var failure = FailureFields(type: crash.signalName, message: text.reason)
    failure.isHandled = false
    failure.stackTrace = text.stack
    failure.fingerprint = text.fingerprint
    record.failure = failure
    return record
  }
}
