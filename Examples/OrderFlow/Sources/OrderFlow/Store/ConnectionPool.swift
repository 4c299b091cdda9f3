import GRDB
import Logging
import NIOConcurrencyHelpers
import Tracing

/// A small pool of connections to one SQLite database, the subject of the story.
///
/// First come, first served. A connection is lent for the length of a closure, so that nobody can forget to give it
/// back; what state it comes back in is another matter (``PoolSettings/destroysBroken``).
final class ConnectionPool: Sendable {
  let place: DatabasePlace
  let settings: PoolSettings
  private let log = Logger(label: "pool")
  private let state = NIOLockedValueBox(PoolState())

  /// A pool for the database at `path`, a file or a link to one; nothing is opened yet.
  init(path: String, settings: PoolSettings = PoolSettings()) {
    place = DatabasePlace(path: path)
    self.settings = settings
  }

  /// The counters now.
  var counters: PoolCounters { state.withLockedValue { $0.counters } }

  /// Runs `work` with a connection, in a span named after `operation`.
  ///
  /// - Throws: ``PoolTimeout``, ``StorageError`` for SQLite's errors, or what `work` throws.
  func run<Value: Sendable>(
    _ operation: String, _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await withConnection { connection in
      try await withSpan(operation, ofKind: .client) { span in
        span.attributes["db.system.name"] = "sqlite"
        span.attributes["db.connection"] = connection.number
        span.attributes["peer.service"] = "sqlite"
        do {
          return try await connection.use(work)
        } catch let error as DatabaseError {
          throw StorageError(
            operation: operation, connection: connection.number, previousHolder: previousHolder(of: connection),
            cause: error)
        }
      }
    }
  }

  /// The connection that this task has already: what it runs further in uses that one.
  @TaskLocal private static var held: Connection?

  /// The connection that this task has already, or one that is lent.
  private func withConnection<Value: Sendable>(_ body: (Connection) async throws -> Value) async throws -> Value {
    if let held = Self.held { return try await body(held) }
    return try await lend(body)
  }

  /// Lends a connection for the length of `body`; once more when the database was switched under its hands.
  func lend<Value: Sendable>(_ body: (Connection) async throws -> Value) async throws -> Value {
    do {
      return try await lendOnce(body)
    } catch  where settings.followsSwitch && DatabaseSwitch.isRefusal(error) {
      // Refused before anything was written: what comes next goes to the one that counts now.
      return try await lendOnce(body)
    }
  }

  private func lendOnce<Value: Sendable>(_ body: (Connection) async throws -> Value) async throws -> Value {
    let connection = try await acquire()
    let began = ContinuousClock.now
    do {
      let value = try await Self.$held.withValue(connection) { try await body(connection) }
      await giveBack(connection, after: began.duration(to: .now))
      return value
    } catch {
      await giveBack(connection, after: began.duration(to: .now), failure: error)
      throw error
    }
  }

  // MARK: Taking

  private func acquire() async throws -> Connection {
    if let grant = state.withLockedValue({ takeAtOnce(&$0) }) { return try hold(grant) }
    // Only a caller that has to wait gets a span: that is what a trace should show.
    return try await withSpan("pool.acquire") { span in
      span.attributes["pool.holders"] = state.withLockedValue { $0.holders.values.sorted() }.joined(separator: " ")
      let grant = await wait()
      if case .none = grant {
        try Task.checkCancellation()
        throw state.withLockedValue { state in
          state.counters.timeouts += 1
          return PoolTimeout(
            waited: settings.acquireTimeout, waiting: state.waiters.count, holders: state.holders.values.sorted())
        }
      }
      return try hold(grant)
    }
  }

  /// An idle connection, or room for a new one; `nil` when the caller has to wait.
  private func takeAtOnce(_ state: inout PoolState) -> PoolState.Grant? {
    // The one that has rested longest, so that all are used and grow old.
    if !state.idle.isEmpty { return .connection(state.idle.removeFirst()) }
    guard state.openCount < settings.maximumConnections else { return nil }
    state.openCount += 1
    return .room(number: state.takeNumber())
  }

  /// Waits in line until a connection comes back, the time-out or cancellation.
  private func wait() async -> PoolState.Grant {
    let id = state.withLockedValue { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    let alarm = Task { [settings] in
      try? await Task.sleep(for: settings.acquireTimeout)
      giveUp(id)
    }
    defer { alarm.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let grant = state.withLockedValue { state -> PoolState.Grant? in
          // One may have come back since the caller looked.
          if Task.isCancelled { return PoolState.Grant.none }
          if let grant = takeAtOnce(&state) { return grant }
          state.waiters.append(.init(id: id, continuation: continuation))
          state.counters.waiting = state.waiters.count
          state.counters.mostWaiting = max(state.counters.mostWaiting, state.waiters.count)
          return nil
        }
        if let grant { continuation.resume(returning: grant) }
      }
    } onCancel: {
      giveUp(id)
    }
  }

  /// Takes a waiter out of the line; nothing happens when it was served.
  private func giveUp(_ id: UInt64) {
    let waiter = state.withLockedValue { state -> PoolState.Waiter? in
      guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
      let waiter = state.waiters.remove(at: index)
      state.counters.waiting = state.waiters.count
      return waiter
    }
    waiter?.continuation.resume(returning: .none)
  }

  /// Opens the connection if it is not yet there and writes down who has it.
  private func hold(_ grant: PoolState.Grant) throws -> Connection {
    let connection: Connection
    switch grant {
    case .connection(let idle):
      let file = settings.followsSwitch ? place.file : idle.file
      connection = file == idle.file ? idle : try replace(idle, by: file)
    case .room(let number): connection = try open(place.file, number: number)
    case .none: throw CancellationError()
    }
    let trace = Telemetry.currentTraceID ?? "no trace"
    state.withLockedValue { state in
      state.holders[connection.number] = trace
      state.counters.inUse = state.holders.count
      state.counters.mostInUse = max(state.counters.mostInUse, state.holders.count)
      state.counters.open = state.openCount
    }
    return connection
  }

  private func open(_ file: String, number: Int) throws -> Connection {
    do {
      return try Connection(file: file, number: number)
    } catch {
      freeRoom()
      throw error
    }
  }

  /// Another database counts now: the connection is closed, and one to that is opened in its place.
  private func replace(_ connection: Connection, by file: String) throws -> Connection {
    let number = state.withLockedValue { state in
      state.counters.switched += 1
      return state.takeNumber()
    }
    log.notice(
      "database_switched",
      metadata: ["from": "\(Self.name(of: connection.file))", "to": "\(Self.name(of: file))"])
    connection.close()
    return try open(file, number: number)
  }

  private static func name(of path: String) -> Substring { path.split(separator: "/").last ?? "" }

  // MARK: Giving back

  private func giveBack(_ connection: Connection, after duration: Duration, failure: (any Error)? = nil) async {
    if duration > settings.slowUse {
      state.withLockedValue { $0.counters.slowUses += 1 }
      log.warning(
        "slow_connection_use",
        metadata: ["connection": "\(connection.number)", "duration": "\(duration.inMilliseconds)"])
    }
    let isBroken = await connection.hasOpenTransaction()
    if isBroken && settings.destroysBroken {
      state.withLockedValue { state in
        state.counters.destroyed += 1
        state.holders[connection.number] = nil
        state.counters.inUse = state.holders.count
      }
      log.warning("connection_destroyed", metadata: ["connection": "\(connection.number)", "why": "open transaction"])
      connection.close()
      freeRoom()
      return
    }
    let isOld = connection.opened.duration(to: .now) > settings.maximumLife
    let waiter = state.withLockedValue { state -> (PoolState.Waiter?, Bool) in
      state.previousHolders[connection.number] = state.holders.removeValue(forKey: connection.number)
      state.counters.inUse = state.holders.count
      if isOld { return (nil, true) }
      if !state.waiters.isEmpty {
        let waiter = state.waiters.removeFirst()
        state.counters.waiting = state.waiters.count
        return (waiter, false)
      }
      if state.idle.count >= settings.maximumIdle { return (nil, true) }
      state.idle.append(connection)
      return (nil, false)
    }
    if waiter.1 {
      connection.close()
      freeRoom()
    }
    waiter.0?.continuation.resume(returning: .connection(connection))
  }

  /// A connection is gone: the first in line may open another one.
  private func freeRoom() {
    let (waiter, number) = state.withLockedValue { state -> (PoolState.Waiter?, Int) in
      defer { state.counters.open = state.openCount }
      guard !state.waiters.isEmpty else {
        state.openCount -= 1
        return (nil, 0)
      }
      let waiter = state.waiters.removeFirst()
      state.counters.waiting = state.waiters.count
      return (waiter, state.takeNumber())
    }
    waiter?.continuation.resume(returning: .room(number: number))
  }

  /// Who had `connection` before the one who has it now: a trace id.
  func previousHolder(of connection: Connection) -> String? {
    state.withLockedValue { $0.previousHolders[connection.number] }
  }

  /// Closes what is idle.
  func close() {
    let idle = state.withLockedValue { state in
      defer {
        state.openCount -= state.idle.count
        state.idle = []
      }
      return state.idle
    }
    for connection in idle { connection.close() }
  }
}
