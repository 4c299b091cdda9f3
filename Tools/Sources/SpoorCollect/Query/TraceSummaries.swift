/// What the first screen shows: traces, one line each, and the operations that occur in them.
struct TraceSummaries: Sendable {
  var rows: [TraceRow] = []
  var operations: [Int64: Operation] = [:]
  /// Whether there are more than were asked for.
  var isCut = false

  /// An operation's calls in the traces found.
  struct Statistics {
    let operation: Operation
    var calls = 0
    var errors = 0
    /// Microseconds, sorted.
    var durations: [Int64] = []

    /// The duration that `fraction` of the calls do not exceed, in microseconds.
    func quantile(_ fraction: Double) -> Int64 {
      durations.isEmpty ? 0 : durations[min(durations.count - 1, Int(fraction * Double(durations.count)))]
    }

    /// How many calls took how long: buckets by their lower bound in microseconds, four to each doubling.
    var histogram: [(from: Int64, count: Int)] {
      var buckets: [(from: Int64, count: Int)] = []
      for duration in durations {
        let floor = Self.bucket(duration)
        if buckets.last?.from == floor {
          buckets[buckets.count - 1].count += 1
        } else {
          buckets.append((floor, 1))
        }
      }
      return buckets
    }

    private static func bucket(_ duration: Int64) -> Int64 {
      guard duration >= 4 else { return max(0, duration) }
      let shift = Int64.bitWidth - 1 - duration.leadingZeroBitCount - 2
      return (duration >> Int64(shift)) << Int64(shift)
    }
  }

  /// The operations by the number of their errors, then of their calls.
  var statistics: [Statistics] {
    var found: [Int64: Statistics] = [:]
    for row in rows {
      for index in 0..<row.calls.count {
        let call = row.calls[index]
        guard let operation = operations[call.operation] else { continue }
        found[call.operation, default: Statistics(operation: operation)].calls += 1
        found[call.operation]?.errors += call.isError ? 1 : 0
        if call.duration > 0 { found[call.operation]?.durations.append(call.duration) }
      }
    }
    return found.values.map { statistics in
      var statistics = statistics
      statistics.durations.sort()
      return statistics
    }.sorted {
      ($1.errors, $1.calls, $0.operation.service, $0.operation.name)
        < ($0.errors, $0.calls, $1.operation.service, $1.operation.name)
    }
  }

  /// The services of a trace: the root's, then the others by name, for pieces arrive in any order.
  func services(of row: TraceRow) -> [String] {
    let root = row.root.flatMap { operations[$0]?.service } ?? ""
    var others = Set(row.calls.operations.compactMap { operations[$0]?.service })
    others.subtract([root, ""])
    return (root.isEmpty ? [] : [root]) + others.sorted()
  }
}
