// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// A condition on a field: `event=payment_timeout`, `retry_count>1`, `error.type~Timeout`, `level>=warning`.
public struct FieldTest: Sendable, Hashable {
  /// The way in which the field is compared.
  public enum Comparison: String, Sendable, Hashable, CaseIterable {
    case equal = "="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case matches = "~"
    case matchesNot = "!~"
  }

  /// The name of the field.
  public var name: String { prepared.name }
  /// The comparison.
  public var comparison: Comparison { prepared.comparison }
  /// The value that it is compared with.
  public var value: String { prepared.value }
  /// Whether the case of letters is ignored.
  public var ignoresCase: Bool { prepared.ignoresCase }
  private let prepared: PreparedTest

  /// Whether two conditions are the same.
  public static func == (left: FieldTest, right: FieldTest) -> Bool {
    left.name == right.name && left.comparison == right.comparison && left.value == right.value
      && left.ignoresCase == right.ignoresCase
  }

  /// Hashes the condition.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(comparison)
    hasher.combine(value)
  }

  /// Creates a condition.
  ///
  /// - Parameter now: microseconds since 1970, for values like `-1h`.
  /// - Throws: ``QueryError`` if the value does not fit the comparison.
  public init(
    _ name: String, _ comparison: Comparison, _ value: String, ignoresCase: Bool = false, now: Int64 = 0
  ) throws(QueryError) {
    prepared = try PreparedTest(name, comparison, value, ignoresCase: ignoresCase, now: now)
  }

  /// A copy that shares no object with this one, for another thread.
  var unshared: FieldTest { FieldTest(prepared: prepared.unshared) }

  private init(prepared: PreparedTest) { self.prepared = prepared }

  /// Whether a record meets the condition. A missing field only meets `!=` and `!~`.
  func matches(_ view: LogView) -> Bool { prepared.matches(view) }

  /// Texts of which every matching line contains at least one; `nil` if there are none.
  var literals: [[UInt8]]? { prepared.literals }
}

/// A condition on a field, prepared for many records.
final class PreparedTest: Sendable {
  let name: String
  let comparison: FieldTest.Comparison
  let value: String
  let ignoresCase: Bool
  private let path: FieldPath
  private let common: CommonField?
  private let operand: Operand

  /// The value, prepared for the comparison.
  private struct Operand: Sendable {
    var bytes: [UInt8]
    var number: Number?
    var level: LogLevel?
    /// The value as a time in microseconds since 1970.
    var time: Int64?
    /// The value as a duration in microseconds.
    var duration: Int64?
    var pattern: Pattern?
  }

  /// A copy that shares no object with this one.
  ///
  /// Threads that evaluate shared objects wait for each other to count references, and for the memory of a regular
  /// expression.
  var unshared: PreparedTest { PreparedTest(self) }

  private init(_ other: PreparedTest) {
    (name, comparison, value, ignoresCase) = (other.name, other.comparison, other.value, other.ignoresCase)
    path = FieldPath(other.name)
    common = other.common
    var operand = other.operand
    operand.bytes = operand.bytes.map(\.self)
    // A pattern that was valid once is valid again.
    operand.pattern = operand.pattern.flatMap { try? Pattern($0.text, ignoresCase: $0.ignoresCase) } ?? operand.pattern
    self.operand = operand
  }

  init(
    _ name: String, _ comparison: FieldTest.Comparison, _ value: String, ignoresCase: Bool, now: Int64
  ) throws(QueryError) {
    self.name = name
    self.comparison = comparison
    self.value = value
    self.ignoresCase = ignoresCase
    path = FieldPath(name)
    common = CommonField(alias: name)
    var operand = Operand(bytes: Array((ignoresCase ? value.lowercased() : value).utf8), number: Number(value))
    operand.level = common == .level ? LogLevel(name: value) : nil
    operand.time = common == .timestamp ? Timestamp.argument(value, now: now) : Timestamp.microseconds(value)
    operand.duration = Timestamp.duration(value)
    switch comparison {
    case .matches, .matchesNot: operand.pattern = try Pattern(value, ignoresCase: ignoresCase)
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      if common == .level, operand.level == nil, operand.number == nil {
        throw QueryError(
          "\(name)\(comparison.rawValue) needs a level (\(LogLevel.allCases.map(\.name).joined(separator: ", "))), but is \(value)"
        )
      }
      guard operand.level != nil || operand.number != nil || operand.time != nil || operand.duration != nil else {
        throw QueryError(
          "\(comparison.rawValue) needs a number, a duration (200ms), a time or a level, but is \(value); for texts use = or ~"
        )
      }
    case .equal, .unequal: break
    }
    self.operand = operand
  }

  func matches(_ view: LogView) -> Bool {
    switch comparison {
    case .unequal: return !isEqual(view)
    case .matchesNot: return !hasMatch(view)
    case .equal: return isEqual(view)
    case .matches: return hasMatch(view)
    case .less, .lessOrEqual, .greater, .greaterOrEqual: return isOrdered(view)
    }
  }

  // MARK: Equality

  private func isEqual(_ view: LogView) -> Bool {
    let hasEqual =
      if let found = view.plain(path) { isEqual(view.tape, found) } else {
        view.contains(path) { isEqual(view.tape, $0) }
      }
    if hasEqual { return true }
    switch common {
    case .level?: return operand.level != nil && view.level == operand.level
    case .traceID?:
      guard let id = TraceIDText.normalised(value), let own = view.traceID else { return false }
      return own == id || own.utf8.count <= 20 && TraceIDText.matches(own, prefix: id)
        || id.utf8.count >= 16 && TraceIDText.matches(own, prefix: id) && own.utf8.count >= id.utf8.count
    case .spanID?:
      guard let own = view.spanID else { return false }
      return own == value.lowercased() || UInt64(own).map { $0 == UInt64(value, radix: 16) } == true
    case .service?: return isSame(view.service)
    case .event?: return isSame(view.event)
    case .timestamp?: return operand.time != nil && view.time == operand.time
    case nil: return false
    }
  }

  private func isSame(_ text: String?) -> Bool {
    guard let text else { return false }
    return ignoresCase ? Array(text.lowercased().utf8) == operand.bytes : text == value
  }

  private func isEqual(_ tape: JSONTape, _ index: Int) -> Bool {
    guard let scalar = Scalar(tape, index) else { return JSONText.text(tape, index) == value }
    switch scalar {
    case .text(let bytes):
      if ignoresCase { return isSame(scalar.text) }
      if bytes.count == operand.bytes.count, unsafe bytes.elementsEqual(operand.bytes) { return true }
      return false
    case .bool, .null: return scalar.text == value
    case .digits: return scalar.text == value
    case .signed, .unsigned, .double:
      guard let one = scalar.number, let other = operand.number else { return scalar.text == value }
      return one.compared(to: other) == 0
    }
  }

  // MARK: Patterns

  private func hasMatch(_ view: LogView) -> Bool {
    guard let pattern = operand.pattern else { return false }
    if view.contains(path, where: { isMatch(view.tape, $0, pattern) }) { return true }
    let text: String? =
      switch common {
      case .level?: view.level?.name
      case .event?: view.event
      case .service?: view.service
      case .traceID?: view.traceID
      case .spanID?: view.spanID
      case .timestamp?, nil: nil
      }
    guard var text else { return false }
    return text.withUTF8 { unsafe pattern.matches(UnsafeRawBufferPointer($0)) }
  }

  private func isMatch(_ tape: JSONTape, _ index: Int, _ pattern: Pattern) -> Bool {
    if case .text(let bytes)? = Scalar(tape, index) { return unsafe pattern.matches(bytes) }
    var text = JSONText.text(tape, index)
    return text.withUTF8 { unsafe pattern.matches(UnsafeRawBufferPointer($0)) }
  }

  // MARK: Order

  private func isOrdered(_ view: LogView) -> Bool {
    if common == .level, let level = operand.level {
      guard let own = view.level else { return false }
      return holds(own < level ? -1 : own == level ? 0 : 1)
    }
    if common == .timestamp, let time = operand.time {
      guard let own = view.time else { return false }
      return holds(own < time ? -1 : own == time ? 0 : 1)
    }
    if let found = view.plain(path) { return isOrdered(view.tape, found) }
    return view.contains(path) { isOrdered(view.tape, $0) }
  }

  private func isOrdered(_ tape: JSONTape, _ index: Int) -> Bool {
    guard let scalar = Scalar(tape, index), let order = order(scalar) else { return false }
    return holds(order)
  }

  /// Whether an order, -1, 0 or 1, is the one that the comparison asks for.
  private func holds(_ order: Int) -> Bool {
    switch comparison {
    case .less: order < 0
    case .lessOrEqual: order <= 0
    case .greater: order > 0
    case .greaterOrEqual: order >= 0
    case .equal, .unequal, .matches, .matchesNot: false
    }
  }

  private func order(_ scalar: Scalar) -> Int? {
    if let operand = operand.number, let own = scalar.number { return own.compared(to: operand) }
    if let limit = operand.duration {
      // A number has the unit in the field's name: `duration_ms`.
      let own: Double? =
        if let number = scalar.number { unit.map { number.double * $0 } } else {
          Timestamp.duration(scalar.text).map(Double.init)
        }
      return own.map { $0 < Double(limit) ? -1 : $0 == Double(limit) ? 0 : 1 }
    }
    if let limit = operand.time, let own = Timestamp.microseconds(scalar.text) {
      return own < limit ? -1 : own == limit ? 0 : 1
    }
    return nil
  }

  /// The length of the unit at the end of the field's name, in microseconds.
  private var unit: Double? {
    let units: [(String, Double)] = [
      ("_ns", 0.001), ("_us", 1), ("_micros", 1), ("_ms", 1e3), ("_millis", 1e3), ("_s", 1e6), ("_seconds", 1e6),
      ("Ms", 1e3), ("Millis", 1e3), ("Seconds", 1e6), (".ms", 1e3),
    ]
    return units.first { name.hasSuffix($0.0) }?.1
  }

  var literals: [[UInt8]]? {
    guard !ignoresCase else { return nil }
    switch comparison {
    case .unequal, .matchesNot: return nil
    case .equal where common == .traceID: return TraceIDText.normalised(value).map { TraceIDText.literals($0) }
    case .equal where common == .level || common == .spanID || common == .timestamp || common == .service: return nil
    case .equal where operand.number == nil:
      let run = Literal.longestRun(value)
      return run.isEmpty ? nil : [run]
    default:
      guard common == nil else { return nil }
      let run = Literal.longestRun(name, splitAtDots: true)
      return run.isEmpty ? nil : [run]
    }
  }
}

extension Number {
  /// The number as a double, rounded.
  var double: Double {
    switch self {
    case .integer(let value): Double(value)
    case .large(let value): Double(value)
    case .double(let value): value
    }
  }
}
