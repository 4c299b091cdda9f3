internal import CSpoor
public import Logging
internal import SpoorTracing
internal import Tracing

/// Log records without swift-log: an event's name and typed fields, written straight into the line.
///
/// ```swift
/// let events = spoor.eventLog(label: "orders")
/// events.warning("payment_timeout") { fields in
///   fields.add("order_id", order.id)
///   fields.add("retry_count", 2)
/// }
/// ```
///
/// The line is the one that swift-log's `Logger` of the same label writes for the same fields, which here keep their order,
/// with the ids of the current span and the breadcrumbs, at less than half of the cost: no dictionary is made, nothing is
/// boxed, and where the level is not written the closure is not called. Errors go through swift-log, or `withRecovery`, which
/// know their stacks.
///
/// A value; copies write to the same place. Every method may be called from any thread.
public struct EventLog: Sendable {
  /// The `logger` of its records.
  public var label: String { name.name }
  /// Records below it are not written. Set, it is this log's own from then on; else it is what the configuration says for
  /// its label, and follows changes at run time.
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

  /// Writes an event of a type of one's own, at that type's level.
  public func log<Event: TypedEvent>(_ event: Event) { log(Event.level, Event.name) { event.write(to: &$0) } }

  /// Writes a record.
  ///
  /// - Parameters:
  ///   - level: its level; below ``level`` nothing is written.
  ///   - event: its name, by convention in snake case.
  ///   - fields: adds the fields. It runs at once, on this thread, and may log itself.
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
    spoor_thread_prepare()  // So that a crash on this thread can be recorded, a stack overflow included.
    let head = LogHead(time: spoor_realtime_ns(), level: level, event: event, trace: .current)
    if let trace = head.trace {
      pipeline.breadcrumbs.add(.constant(event), time: head.time, level: level, to: trace)
    }
    pipeline.write(head, name, fields)
  }
}

/// An event with its fields as a type.
///
/// ```swift
/// struct PaymentTimeout: TypedEvent {
///   static let name: StaticString = "payment_timeout"
///   static let level = Logger.Level.warning
///   var orderID: String
///   var retryCount: Int
///   func write(to fields: inout EventFields) {
///     fields.add("order_id", orderID)
///     fields.add("retry_count", retryCount)
///   }
/// }
/// events.log(PaymentTimeout(orderID: "ORD7890", retryCount: 2))
/// ```
public protocol TypedEvent {
  /// The record's `event`, by convention in snake case.
  static var name: StaticString { get }
  /// The record's level.
  static var level: Logger.Level { get }
  /// Adds the fields.
  func write(to fields: inout EventFields)
}

extension TypedEvent {
  /// Info, where the type says nothing else.
  public static var level: Logger.Level { .info }
}
