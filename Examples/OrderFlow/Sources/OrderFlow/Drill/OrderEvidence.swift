// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// Checks the evidence of orders. An accepted order has one trace through all services with every parent; a lost order
/// has a record with a stack.
struct OrderEvidence: Sendable {
  let reader: CollectorReader
  private let stacks: Set<String>

  /// - Parameter records: the records of all services.
  init(reader: CollectorReader, records: [LogRecord]) {
    self.reader = reader
    stacks = Set(records.filter { !($0["error.stack_trace"] ?? "").isEmpty }.compactMap(\.traceID))
  }

  /// The number of orders with complete evidence. Waits for traces that have not arrived yet.
  func complete(among outcomes: [Load.Outcome], within limit: Duration = .seconds(30)) async throws -> Int {
    let deadline = ContinuousClock.now + limit
    let whole = try await concurrently(outcomes.count, width: 8) { number in
      let outcome = outcomes[number]
      guard outcome.isSuccess else { return stacks.contains(outcome.traceID) }
      repeat {
        let tree = TraceTree(try await reader.spans(ofTrace: outcome.traceID))
        if tree.isWhole, tree.spanCount >= TraceCase.expected.count, tree.services.count == ServiceRole.allCases.count {
          return true
        }
        try await Task.sleep(for: .milliseconds(50))
      } while ContinuousClock.now < deadline
      return false
    }
    return whole.count { $0 }
  }
}
