/// What a case found: tables to look at, what held and what did not, and where to look further.
struct Report: Sendable {
  /// Something that had to be so.
  struct Check: Sendable {
    let what: String
    let holds: Bool
    /// What was found instead.
    var found = ""
  }

  var tables: [Table] = []
  var checks: [Check] = []
  /// The trace that shows it best.
  var traceID: String?
  /// Before the repair and after it.
  var figures: [Figure] = []
  /// Written beside the logs.
  var pictures: [Picture] = []
  /// Shown above the checks as it is.
  var text: [String] = []

  /// Notes that `found` had to equal `expected`.
  mutating func expect<Value: Equatable>(_ what: String, _ found: Value, equals expected: Value) {
    checks.append(Check(what: what, holds: found == expected, found: "\(found), expected \(expected)"))
  }

  /// Notes that `holds` had to be true.
  mutating func expect(_ what: String, _ holds: Bool, found: @autoclosure () -> String = "") {
    checks.append(Check(what: what, holds: holds, found: holds ? "" : found()))
  }

  var holds: Bool { checks.allSatisfy(\.holds) }
}
