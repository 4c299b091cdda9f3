// SPDX-License-Identifier: Apache-2.0

/// The result of a case: tables, checks, and where to look further.
struct Report: Sendable {
  /// A condition that must hold.
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
  /// Figures before and after the repair.
  var figures: [Figure] = []
  /// Charts that are written beside the logs.
  var pictures: [Picture] = []
  /// Lines that are printed above the checks.
  var text: [String] = []

  /// Adds a check that `found` equals `expected`.
  mutating func expect<Value: Equatable>(_ what: String, _ found: Value, equals expected: Value) {
    checks.append(Check(what: what, holds: found == expected, found: "\(found), expected \(expected)"))
  }

  /// Adds a check that `holds` is true.
  mutating func expect(_ what: String, _ holds: Bool, found: @autoclosure () -> String = "") {
    checks.append(Check(what: what, holds: holds, found: holds ? "" : found()))
  }

  var holds: Bool { checks.allSatisfy(\.holds) }
}
