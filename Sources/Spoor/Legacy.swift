internal import Logging
package import SpoorExport
package import SpoorJournal
package import SpoorLogging
package import SpoorStacks

/// What dead processes left, as far as it needs their own images: names of stacks, and the report of a crash.
package final class Legacy: Sendable {
  private let encoder: @Sendable (Symbolicator) -> any SpanEncoder
  private let limits: StackTokens.Limits
  private let known = Locked<[String: Known]>([:])

  struct Known: Sendable {
    let symbolicator: Symbolicator?
    let crash: CrashRecord?
  }

  package init(limits: StackTokens.Limits, encoder: @escaping @Sendable (Symbolicator) -> any SpanEncoder) {
    self.limits = limits
    self.encoder = encoder
  }

  func of(_ dead: DeadJournal) -> Known {
    known.withLock { known in
      if let found = known[dead.fileName] { return found }
      if known.count > 64 { known = [:] }
      let found = Known(
        symbolicator: CrashRecord.symbolicator(of: dead.crashArea),
        // An area that cannot be trusted tells of no crash; the spans are there all the same.
        crash: (try? CrashRecord.read(dead.crashArea)).flatMap { $0 })
      known[dead.fileName] = found
      return found
    }
  }

  /// How its spans are encoded.
  package func style(of dead: DeadJournal) -> LegacyStyle {
    let known = of(dead)
    var style = LegacyStyle(encoder: encoder(known.symbolicator ?? Symbolicator()))
    if let crash = known.crash, let symbolicator = known.symbolicator, let slot = crash.span?.slot {
      style.crash = (
        slot,
        [
          ("spoor.crash.signal", crash.signalName), ("spoor.crash.reason", crash.reason(symbolicator)),
          ("error.stack_trace", String(symbolicator.text(crash.stack).prefix(8000))),
        ]
      )
    }
    return style
  }

  /// A line that it had not written, with names.
  package func resolved(_ line: [UInt8], of dead: DeadJournal) -> [UInt8] {
    unsafe line.withUnsafeBytes { bytes in
      guard unsafe StackTokens.areIn(bytes) else { return line }
      let symbolicator = of(dead).symbolicator
      return unsafe StackTokens.resolved(bytes, limits: limits) { symbolicator?.resolve($0) ?? [] }
    }
  }

  /// The record `process_crashed`, nil where it did not crash.
  ///
  /// - Parameter inFlight: the spans that were open.
  func crashRecord(of dead: DeadJournal, inFlight: [Logger.MetadataValue], time: UInt64) -> LogRecord? {
    let known = of(dead)
    guard let crash = known.crash, let symbolicator = known.symbolicator else { return nil }
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
    var failure = FailureFields(type: crash.signalName, message: crash.reason(symbolicator))
    failure.isHandled = false
    failure.stackTrace = symbolicator.text(crash.stack)
    failure.fingerprint =
      Fingerprint(type: crash.signalName, frames: symbolicator.resolve(crash.stack)).description
    record.failure = failure
    return record
  }
}
