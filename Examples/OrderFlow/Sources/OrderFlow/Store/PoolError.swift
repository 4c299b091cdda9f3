// SPDX-License-Identifier: Apache-2.0

import GRDB

/// A query failed on a connection that another caller had before.
struct StorageError: Error, CustomStringConvertible {
  let operation: String
  let connection: Int
  /// The trace of the connection's previous holder, which may have left it in a bad state.
  let previousHolder: String?
  let cause: DatabaseError

  var description: String { "\(operation): \(cause.message ?? "\(cause)")" }
}

/// No connection became free in time.
struct PoolTimeout: Error, CustomStringConvertible {
  let waited: Duration
  let waiting: Int
  /// The traces that hold the connections.
  let holders: [String]

  var description: String {
    "no connection free in \(waited.inMilliseconds); \(waiting) waiting, held by \(holders.joined(separator: ", "))"
  }
}
