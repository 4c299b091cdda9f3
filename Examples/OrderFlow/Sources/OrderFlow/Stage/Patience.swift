// SPDX-License-Identifier: Apache-2.0

/// A condition was not met in time.
struct NotInTime: Error, CustomStringConvertible {
  let what: String
  let limit: Duration

  var description: String { "\(what): not within \(limit.inMilliseconds)" }
}

/// Calls `look` until it returns a value.
///
/// - Throws: ``NotInTime`` with `what`, or the error of `look`.
@discardableResult
func eventually<Value>(
  _ what: @autoclosure () -> String, within limit: Duration = .seconds(30),
  every interval: Duration = .milliseconds(20),
  isolation: isolated (any Actor)? = #isolation, _ look: () async throws -> Value?
) async throws -> Value {
  let deadline = ContinuousClock.now + limit
  while true {
    if let value = try await look() { return value }
    if ContinuousClock.now > deadline { throw NotInTime(what: what(), limit: limit) }
    try await Task.sleep(for: interval)
  }
}
