// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// Rules that keep unsampled spans: a local root that fails or is slow is sent even if the head decision was "no".
///
/// Off by default. Only this process's part of the trace is kept: the decision that is passed on stays "no", and each
/// kept span has the tag `spoor.kept=error` or `spoor.kept=slow`.
public struct KeepRules: Sendable {
  /// Whether to keep a local root in which a span failed.
  public var failed: Bool
  /// Keeps a local root that took at least this long; `nil` for no such rule.
  public var slowerThan: Duration?
  /// Limits for single operations, by the name of a span at its end. `*` in a name matches any characters; if several
  /// match, the longest counts. Any span that reaches its limit keeps its local root. ``slowerThan`` does not apply to
  /// a local root with a limit of its own.
  public var slowerThanByOperation: [String: Duration]

  /// Creates rules; without arguments nothing is kept.
  public init(failed: Bool = false, slowerThan: Duration? = nil, slowerThanByOperation: [String: Duration] = [:]) {
    self.failed = failed
    self.slowerThan = slowerThan
    self.slowerThanByOperation = slowerThanByOperation
  }

  var isEmpty: Bool { !failed && slowerThan == nil && slowerThanByOperation.isEmpty }
}

/// ``KeepRules`` prepared for a tracer.
struct PreparedKeepRules: Sendable {
  let keepsFailed: Bool
  let slowLimit: UInt64?
  /// The patterns, the longest first.
  private let operations: [(pattern: NamePattern, limit: UInt64)]

  /// `nil` if nothing is kept.
  init?(_ rules: KeepRules) {
    guard !rules.isEmpty else { return nil }
    keepsFailed = rules.failed
    slowLimit = rules.slowerThan?.nanoseconds
    operations = rules.slowerThanByOperation
      .sorted { ($1.key.utf8.count, $0.key) < ($0.key.utf8.count, $1.key) }
      .map { (NamePattern($0.key), $0.value.nanoseconds) }
  }

  /// Whether the rules depend on names.
  var readsNames: Bool { !operations.isEmpty }

  func limit(of operation: String) -> UInt64? { operations.first { $0.pattern.matches(operation) }?.limit }
}
