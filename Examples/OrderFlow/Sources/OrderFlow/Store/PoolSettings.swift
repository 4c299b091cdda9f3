/// How a ``ConnectionPool`` behaves.
struct PoolSettings: Sendable {
  /// The most connections that are open at once.
  var maximumConnections = 10
  /// The most connections that are kept open without work.
  var maximumIdle = 10
  /// How long a connection lives; an older one is closed when it comes back.
  var maximumLife: Duration = .seconds(300)
  /// How long a caller waits for a connection.
  var acquireTimeout: Duration = .seconds(5)
  /// Whether a connection that comes back with an open transaction is closed, rather than given to the next caller.
  var destroysBroken = true
  /// Whether a connection to a database that no longer counts is replaced by one to the one that does.
  var followsSwitch = true
  /// A use that takes longer is logged.
  var slowUse: Duration = .milliseconds(200)
}
