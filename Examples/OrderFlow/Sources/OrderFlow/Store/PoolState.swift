/// What a ``ConnectionPool`` knows; changed under its lock only.
struct PoolState {
  /// A caller that waits.
  struct Waiter {
    let id: UInt64
    let continuation: CheckedContinuation<Grant, Never>
  }

  /// What a waiter is told.
  enum Grant: Sendable {
    /// Here is one.
    case connection(Connection)
    /// There is room to open one.
    case room(number: Int)
    /// Too late, or no longer wanted.
    case none
  }

  var idle: [Connection] = []
  /// Connections that are open or being opened.
  var openCount = 0
  var waiters: [Waiter] = []
  var nextNumber = 1
  var nextWaiter: UInt64 = 0
  /// Who has which connection: its number and the trace.
  var holders: [Int: String] = [:]
  /// Who had it before.
  var previousHolders: [Int: String] = [:]
  var counters = PoolCounters()

  mutating func takeNumber() -> Int {
    defer { nextNumber += 1 }
    return nextNumber
  }
}

/// What a pool counts; read as a whole.
struct PoolCounters: Codable, Sendable {
  /// Connections in callers' hands.
  var inUse = 0
  /// Connections open, in use or not.
  var open = 0
  /// Callers that wait now.
  var waiting = 0
  /// The most callers that waited at once.
  var mostWaiting = 0
  /// The most connections in use at once.
  var mostInUse = 0
  /// Callers that went away without a connection.
  var timeouts = 0
  /// Connections closed because they came back broken.
  var destroyed = 0
  /// Uses that took longer than the settings call slow.
  var slowUses = 0
  /// Connections replaced because another database counts now.
  var switched = 0
}
