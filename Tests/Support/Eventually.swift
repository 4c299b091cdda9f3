// SPDX-License-Identifier: Apache-2.0

/// A condition that did not become true in time.
package struct NeverHappened: Error, CustomStringConvertible {
  package let description: String
}

/// Waits until `condition` is true, which is checked every 10 ms. Throws ``NeverHappened`` after 30 s.
///
/// - Parameter what: the expected condition, for the message.
package func eventually(
  _ what: String, isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
  for _ in 0..<3000 {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  throw NeverHappened(description: "never: \(what)")
}
