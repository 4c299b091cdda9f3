// SPDX-License-Identifier: Apache-2.0

import GRDB
import Logging
import NIOConcurrencyHelpers
import Tracing

/// A small pool of connections to one SQLite database, the subject of the incident.
///
/// First come, first served. A connection is lent for the duration of a closure, so that no caller can forget to return
/// it. It may still return in a bad state (``PoolSettings/destroysBroken``).
final class ConnectionPool: Sendable {
  let place: DatabasePlace
  let settings: PoolSettings
  private let log = Logger(label: "pool")
  private let state = NIOLockedValueBox(PoolState())

  /// A pool for the database at `path`, which is a file or a link to one. Opens no connection yet.
  init(path: String, settings: PoolSettings = PoolSettings()) {
    place = DatabasePlace(path: path)
    self.settings = settings
  }

  /// The current counters.
  var counters: PoolCounters { state.withLockedValue { $0.counters } }

  /// Runs `work` with a connection, in a span named `operation`.
  ///
  /// - Throws: ``PoolTimeout``, ``StorageError`` for SQLite's errors, or the error of `work`.
  func run<Value: Sendable>(
    _ operation: String, _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await withConnection { connection in
      try await withSpan(operation, ofKind: .client) { span in
        span.attributes["db.system.name"] = "sqlite"
        span.attributes["connection"] = connection.number
        span.attributes["previous_holder"] = previousHolder(of: connection)
        span.attributes["peer.service"] = "sqlite"
        defer {
          for step in connection.takeTransactionSteps() {
            span.addEvent(SpanEvent(name: step.kind.rawValue, at: step.time))
          }
        }
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

  /// The connection that this task holds. Its further queries use the same one.
  @TaskLocal private static var held: Connection?

  /// Runs `body` with the connection that this task holds, or with a borrowed one.
  private func withConnection<Value: Sendable>(_ body: (Connection) async throws -> Value) async throws -> Value {
    if let held = Self.held { return try await body(held) }
    return try await lend(body)
  }

  /// Lends a connection for the duration of `body`. Runs `body` once more if the database was switched meanwhile.
  func lend<Value: Sendable>(_ body: (Connection) async throws -> Value) async throws -> Value {
    do {
      return try await lendOnce(body)
    } catch  where settings.followsSwitch && DatabaseSwitch.isRefusal(error) {
      // The fence refused before anything was written, so the next attempt goes to the new primary.
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
    // Only a caller that has to wait gets a span, because the wait is what a trace should show.
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

  /// An idle connection, or room for a new one; `nil` if the caller has to wait.
  private func takeAtOnce(_ state: inout PoolState) -> PoolState.Grant? {
    // The one that was idle longest, so that all connections are used and reach their lifetime.
    if !state.idle.isEmpty { return .connection(state.idle.removeFirst()) }
    guard state.openCount < settings.maximumConnections else { return nil }
    state.openCount += 1
    return .room(number: state.takeNumber())
  }

  /// Waits until a connection is returned, the time-out, or cancellation.
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
          // A connection may have been returned since the caller looked.
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

  /// Removes a waiter. Does nothing if it was served.
  private func giveUp(_ id: UInt64) {
    let waiter = state.withLockedValue { state -> PoolState.Waiter? in
      guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
      let waiter = state.waiters.remove(at: index)
      state.counters.waiting = state.waiters.count
      return waiter
    }
    waiter?.continuation.resume(returning: .none)
  }

  /// Opens the connection if necessary, and notes the holder.
  private func hold(_ grant: PoolState.Grant) throws -> Connection {
    let connection: Connection
    switch grant {
    case .connection(let idle):
      let file = settings.followsSwitch ? place.file : idle.file
      connection = file == idle.file ? idle : try replace(idle, by: file)
    case .room(let number): connection = try open(place.file, number: number)
    case .none: throw CancellationError()
    }
    Telemetry.addEvent(
      "connection_lent", attributes(of: connection, ["previous_holder": previousHolder(of: connection)]))
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
      let connection = try Connection(file: file, number: number)
      Telemetry.addEvent("connection_opened", attributes(of: connection))
      return connection
    } catch {
      freeRoom()
      throw error
    }
  }

  /// Another database is the primary now: close the connection and open one to the new primary.
  private func replace(_ connection: Connection, by file: String) throws -> Connection {
    let number = state.withLockedValue { state in
      state.counters.switched += 1
      return state.takeNumber()
    }
    log.notice(
      "database_switched",
      metadata: ["from": "\(Self.name(of: connection.file))", "to": "\(Self.name(of: file))"])
    close(connection, because: "database switched")
    return try open(file, number: number)
  }

  private func close(_ connection: Connection, because reason: String) {
    Telemetry.addEvent("connection_closed", attributes(of: connection, ["reason": reason]))
    connection.close()
  }

  private func attributes(of connection: Connection, _ others: [String: String?] = [:]) -> SpanAttributes {
    var attributes: SpanAttributes = [:]
    attributes["connection"] = connection.number
    for (name, value) in others { attributes[name] = value }
    return attributes
  }

  private static func name(of path: String) -> Substring { path.split(separator: "/").last ?? "" }

  // MARK: Giving back

  private func giveBack(_ connection: Connection, after duration: Duration, failure: (any Error)? = nil) async {
    if duration > settings.slowUse {
      let waiting = state.withLockedValue { state in
        state.counters.slowUses += 1
        return state.waiters.count
      }
      log.warning(
        "slow_connection_use",
        metadata: [
          "connection": .stringConvertible(connection.number),
          "duration_ms": .stringConvertible(duration.wholeMilliseconds), "waiting": .stringConvertible(waiting),
        ])
    }
    let isBroken = await connection.hasOpenTransaction()
    Telemetry.addEvent(
      "connection_returned", attributes(of: connection, ["state": isBroken ? "open transaction" : "usable"]))
    if isBroken && settings.destroysBroken {
      state.withLockedValue { state in
        state.counters.destroyed += 1
        state.holders[connection.number] = nil
        state.counters.inUse = state.holders.count
      }
      log.warning(
        "connection_destroyed",
        metadata: ["connection": .stringConvertible(connection.number), "reason": "open transaction"])
      close(connection, because: "open transaction")
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
      close(connection, because: isOld ? "end of its lifetime" : "enough idle connections")
      freeRoom()
    }
    waiter.0?.continuation.resume(returning: .connection(connection))
  }

  /// A connection was closed, so the first waiter may open another one.
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

  /// The previous holder of `connection`: a trace id.
  func previousHolder(of connection: Connection) -> String? {
    state.withLockedValue { $0.previousHolders[connection.number] }
  }

  /// Closes idle connections.
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
