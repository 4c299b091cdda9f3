/// No connection became free in time.
struct PoolTimeout: Error, CustomStringConvertible {
  let waited: Duration
  let waiting: Int
  /// The traces that hold the connections, as many as there are.
  let holders: [String]

  var description: String {
    "no connection free in \(waited.inMilliseconds); \(waiting) waiting, held by \(holders.joined(separator: ", "))"
  }
}
