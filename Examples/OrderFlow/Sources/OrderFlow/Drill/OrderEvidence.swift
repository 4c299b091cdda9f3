import SpoorModel

/// Whether what an order left behind is whole: an accepted order has one trace through all services, every parent there;
/// one that was lost has a record with a stack.
struct OrderEvidence: Sendable {
  let reader: CollectorReader
  private let stacks: Set<String>

  /// - Parameter records: of all services.
  init(reader: CollectorReader, records: [LogRecord]) {
    self.reader = reader
    stacks = Set(records.filter { !($0["error.stack_trace"] ?? "").isEmpty }.compactMap(\.traceID))
  }

  /// How many of the orders have it. A trace that is not yet there is waited for.
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
