import GRDB

/// A query failed on a connection that somebody else had before.
struct StorageError: Error, CustomStringConvertible {
  let operation: String
  let connection: Int
  /// The trace of who had the connection before: where to look when it came in a bad state.
  let previousHolder: String?
  let cause: DatabaseError

  var description: String { "\(operation) on connection \(connection): \(cause.message ?? "\(cause)")" }
}

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
