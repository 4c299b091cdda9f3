/// What is looked for in logs: every condition must hold.
public struct LogQuery: Sendable, Hashable {
  /// The beginning of a trace id, any text.
  public var traceIDPrefix: String?
  /// Conditions on fields.
  public var tests: [FieldTest] = []
  /// Microseconds since 1970, inclusive. A record without a readable time is outside.
  public var since: Int64?
  /// Microseconds since 1970, exclusive.
  public var until: Int64?

  /// A query that everything matches.
  public init() {}

  /// Adds a term: an expression, or the beginning of a trace id where it has no comparison in it. False where there is
  /// a trace id already.
  public mutating func add(_ term: String) -> Bool {
    if let test = FieldTest(term) {
      tests.append(test)
    } else if traceIDPrefix == nil, !term.isEmpty {
      traceIDPrefix = term
    } else {
      return false
    }
    return true
  }

  /// Whether a record meets every condition.
  public func matches(_ record: LogRecord) -> Bool {
    if let traceIDPrefix, record.traceID?.hasPrefix(traceIDPrefix) != true { return false }
    if since != nil || until != nil {
      guard let time = record.time, time >= since ?? .min, time < until ?? .max else { return false }
    }
    return tests.allSatisfy { $0.matches(record) }
  }

  /// The longest text without which no line matches; empty where there is none.
  var literal: [UInt8] {
    var literals = tests.map(\.literal)
    if let traceIDPrefix { literals.append(Literal.longestRun(traceIDPrefix)) }
    return literals.max { $0.count < $1.count } ?? []
  }
}
