// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
public import Logging
internal import SpoorTracing
internal import Tracing

/// A log for events with typed fields, written straight into the line without swift-log.
///
/// ```swift
/// let events = spoor.eventLog(label: "orders")
/// events.warning("payment_timeout") { fields in
///   fields.add("order_id", order.id)
///   fields.add("retry_count", 2)
/// }
/// ```
///
/// The line is the one that a swift-log `Logger` with the same label writes for the same fields, including the ids of
/// the current span and the breadcrumbs, except that fields keep their order. It costs less than half: no dictionary is
/// made, nothing is boxed, and the closure is not called if the level is disabled. Log errors through swift-log or
/// `withRecovery`, which know their stacks.
///
/// An event log is a value; copies write to the same output. Every method may be called from any thread.
public struct EventLog: Sendable {
  /// The `logger` field of its records.
  public var label: String { name.name }
  /// The lowest level that is written. By default it is the configured level of the label and follows changes at run
  /// time; once it is set, it is this log's own.
  public var level: Logger.Level {
    get { ownLevel ?? levelOfLabel?.level ?? .info }
    set { ownLevel = newValue }
  }

  private let name: LogLabel
  private var ownLevel: Logger.Level?
  private let levelOfLabel: LogLevels.Cell?
  private let pipeline: LogPipeline

  package init(label: String, level: Logger.Level? = nil, levels: LogLevels? = nil, pipeline: LogPipeline) {
    name = pipeline.label(label)
    ownLevel = level
    levelOfLabel = levels?.cell(for: label)
    self.pipeline = pipeline
  }

  /// Writes a record of level trace.
  @inline(__always)
  public func trace(_ event: StaticString, _ fields: (inout EventFields) -> Void = { _ in }) {
    log(.trace, event, fields)
  }

  /// Writes a record of level debug.
  @inline(__always)
  public func debug(_ event: StaticString, _ fields: (inout EventFields) -> Void = { _ in }) {
    log(.debug, event, fields)
  }

  /// Writes a record of level info.
  @inline(__always)
  public func info(_ event: StaticString, _ fields: (inout EventFields) -> Void = { _ in }) {
    log(.info, event, fields)
  }

  /// Writes a record of level notice.
  @inline(__always)
  public func notice(_ event: StaticString, _ fields: (inout EventFields) -> Void = { _ in }) {
    log(.notice, event, fields)
  }

  /// Writes a record of level warning.
  @inline(__always)
  public func warning(_ event: StaticString, _ fields: (inout EventFields) -> Void = { _ in }) {
    log(.warning, event, fields)
  }

  /// Writes a record of level error.
  @inline(__always)
  public func error(_ event: StaticString, _ fields: (inout EventFields) -> Void = { _ in }) {
    log(.error, event, fields)
  }

  /// Writes a record of level critical.
  @inline(__always)
  public func critical(_ event: StaticString, _ fields: (inout EventFields) -> Void = { _ in }) {
    log(.critical, event, fields)
  }

  /// Writes a typed event at the level of its type.
  public func log<Event: TypedEvent>(_ event: Event) { log(Event.level, Event.name) { event.write(to: &$0) } }

  /// Writes a record.
  ///
  /// - Parameters:
  ///   - level: the level of the record; nothing is written below ``level``.
  ///   - event: the name of the event, by convention in snake case.
  ///   - fields: adds the fields. The closure runs at once on this thread and may itself log.
  public func log(_ level: Logger.Level, _ event: StaticString, _ fields: (inout EventFields) -> Void = { _ in }) {
    guard level >= self.level else { return }
    if let repeated = pipeline.repeatedLines {
      switch repeated.verdict(on: event.description, level: level, logger: label) {
      case .suppressed: return
      case .written(0): break
      case .written(let before):
        return write(level, event) { writer in
          writer.add("lines_suppressed", before)
          fields(&writer)
        }
      }
    }
    write(level, event, fields)
  }

  @inline(__always)
  private func write(_ level: Logger.Level, _ event: StaticString, _ fields: (inout EventFields) -> Void) {
    spoor_thread_prepare()  // Lets a crash on this thread be recorded, including a stack overflow.
    let head = LogHead(time: spoor_realtime_ns(), level: level, event: event, trace: .current)
    if let trace = head.trace {
      pipeline.breadcrumbs.add(.constant(event), time: head.time, level: level, to: trace)
    }
    pipeline.write(head, name, fields)
  }
}
