// SPDX-License-Identifier: Apache-2.0

/// The content of the first screen: traces, one line each, and the operations in them.
struct TraceSummaries: Sendable {
  /// The traces whose calls are counted, the newest first.
  var rows: [TraceRow] = []
  /// The traces of the answer in its order, with corrected times.
  var shown: [TraceRow] = []
  var operations: [Int64: Operation] = [:]
  /// The number of traces that match.
  var found = 0
  /// Whether more traces match than ``found``.
  var isCut = false
  /// The time range of the search, in microseconds since 1970.
  var window: ClosedRange<Int64> = 0...Int64.max

  /// Whether traces match whose calls are not counted.
  var isSample: Bool { isCut || found > rows.count }

  /// The time range that the statistics divide: from the oldest trace counted or the beginning of the window, to the
  /// newest trace or the end of the window. Traces of the future, by a wrong clock, do not stretch it.
  func range(now: Int64) -> ClosedRange<Int64> {
    let starts = rows.compactMap(\.start).filter { $0 <= now }
    let oldest = starts.min() ?? now
    // One trace of long ago must not make all others one interval. A window from 1970 on is all time.
    let typical = starts.sorted().dropFirst(starts.count / 50).first ?? oldest
    let from = isSample || window.lowerBound < 86_400_000_000 ? typical : window.lowerBound
    let begin = min(from, now)
    return begin...max(begin, min(window.upperBound, now))
  }

  /// The operations by the number of their errors, then of their calls.
  func statistics(over range: ClosedRange<Int64>) -> [OperationStatistics] {
    var found: [Int64: OperationStatistics] = [:]
    let length = Double(max(1, range.upperBound - range.lowerBound))
    for row in rows {
      let share = Double((row.start ?? range.upperBound) - range.lowerBound) / length
      let interval = max(0, min(OperationStatistics.intervals - 1, Int(share * Double(OperationStatistics.intervals))))
      for index in 0..<row.calls.count {
        let call = row.calls[index]
        guard let operation = operations[call.operation] else { continue }
        found[call.operation, default: OperationStatistics(operation)].add(call, interval: interval)
      }
    }
    return found.values.map { statistics in
      var statistics = statistics
      statistics.finish()
      return statistics
    }.sorted {
      ($1.errors, $1.calls, $0.operation.service, $0.operation.name)
        < ($0.errors, $0.calls, $1.operation.service, $1.operation.name)
    }
  }

  /// The services of a trace: the root's, then the others by name, because pieces arrive in any order.
  func services(of row: TraceRow) -> [String] {
    let root = row.root.flatMap { operations[$0]?.service } ?? ""
    var others = Set(row.calls.operations.compactMap { operations[$0]?.service })
    others.subtract([root, ""])
    return (root.isEmpty ? [] : [root]) + others.sorted()
  }
}
