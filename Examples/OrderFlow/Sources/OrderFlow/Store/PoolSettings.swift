// SPDX-License-Identifier: Apache-2.0

/// The behaviour of a ``ConnectionPool``.
struct PoolSettings: Sendable {
  /// The maximum number of open connections.
  var maximumConnections = 10
  /// The maximum number of idle connections.
  var maximumIdle = 10
  /// The lifetime of a connection. An older one is closed when it is returned.
  var maximumLife: Duration = .seconds(300)
  /// How long a caller waits for a connection.
  var acquireTimeout: Duration = .seconds(5)
  /// Whether a connection that is returned with an open transaction is closed instead of lent again.
  var destroysBroken = true
  /// Whether a connection to an old primary is replaced by one to the new primary.
  var followsSwitch = true
  /// A longer use is logged.
  var slowUse: Duration = .milliseconds(200)
}
