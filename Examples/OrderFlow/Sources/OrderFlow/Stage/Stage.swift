// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The processes of a run, and a client for them.
actor Stage {
  let directory: RunDirectory
  let collector: CollectorProcess
  let http: HTTPClient
  /// The seed of random choices.
  nonisolated let seed: UInt64
  private let usesOTLP: Bool
  private var processes: [ServiceRole: ChildProcess] = [:]
  private var ports: [ServiceRole: Int] = [:]
  /// Why a service is started the next time; absent for the first start.
  private var startReasons: [ServiceRole: String] = [:]
  private var isStopped = false
  private var spanAddress: String?
  private var settings: [String: String] = [:]

  private init(directory: RunDirectory, collector: CollectorProcess, http: HTTPClient, options: StageOptions) {
    seed = options.seed
    usesOTLP = options.otlp
    self.directory = directory
    self.collector = collector
    self.http = http
  }

  /// Starts the collector and the services, runs `body`, and stops all of them in any case.
  static func with<Value: Sendable>(
    _ options: StageOptions, services: [ServiceRole] = ServiceRole.allCases, forwardsLogs: Bool = true,
    _ body: (Stage) async throws -> Value
  ) async throws -> Value {
    let directory =
      if let path = options.directory { try RunDirectory(path: path).made() } else { try RunDirectory.new() }
    try directory.placeOrderDatabase()
    let http = HTTPClient.many()
    let collector: CollectorProcess
    do {
      collector = try await CollectorProcess.start(
        port: options.collectorPort, requiresOTLP: options.otlp, directory: directory, http: http)
    } catch {
      try? await http.shutdown()
      throw error
    }
    let stage = Stage(directory: directory, collector: collector, http: http, options: options)
    // With OTLP the services send their records themselves.
    let forwarding = Task { if forwardsLogs, !options.otlp { try await stage.forwardLogsUntilStopped() } }
    let result: Result<Value, any Error>
    do {
      try await stage.start(services)
      result = .success(try await body(stage))
    } catch {
      result = .failure(error)
    }
    await stage.stopAll()
    _ = await forwarding.result
    await collector.stop()
    try? await http.shutdown()
    return try result.get()
  }

  /// The address of a running service.
  func address(of role: ServiceRole) throws -> String {
    guard let port = ports[role] else { throw NotRunning(role: role) }
    return "http://127.0.0.1:\(port)"
  }

  /// The process of a service.
  func process(of role: ServiceRole) throws -> ChildProcess {
    guard let process = processes[role] else { throw NotRunning(role: role) }
    return process
  }

  /// Starts services, each after those that it calls, and waits until each answers. A service that ran before gets the
  /// same port, so that the others find it again.
  ///
  /// - Parameters:
  ///   - arguments: additional arguments of each service.
  ///   - variables: environment variables that override the defaults.
  func start(
    _ roles: [ServiceRole], arguments more: [String] = [], environment variables: [String: String] = [:]
  ) async throws {
    for wave in Self.waves {
      let wave = wave.filter(roles.contains)
      for role in wave {
        directory.forgetPort(of: role.rawValue)
        if let ending = processes[role]?.ending { startReasons[role] = "restart after \(ending)" }
        processes[role] = try ChildProcess(
          name: role.rawValue, arguments: try arguments(for: role) + more,
          environment: environment(of: role).merging(variables) { $1 },
          directory: directory)
      }
      for role in wave { try await waitUntilHealthy(role) }
    }
  }

  /// Makes services that are started later send their spans, and with OTLP their log records, to `address` instead of
  /// the collector.
  func sendSpans(to address: String) {
    spanAddress = address
  }

  /// Adds variables to the environment of services that are started later.
  func set(_ variables: [String: String]) {
    settings.merge(variables) { $1 }
  }

  /// Kills a service with SIGKILL, as the system does when memory is short.
  func kill(_ role: ServiceRole) async {
    guard let process = processes.removeValue(forKey: role) else { return }
    process.send(SIGKILL)
    await process.wait()
    startReasons[role] = "restart after kill -9"
  }

  /// Stops a service with SIGTERM, so that it drains.
  func stop(_ role: ServiceRole) async {
    await processes.removeValue(forKey: role)?.stop()
    startReasons[role] = "restart after stop"
  }

  /// Sends the services' logs to the collector, and once more when they have ended. Ignores cancellation, because the
  /// collector may already have accepted a request that is cut off.
  private func forwardLogsUntilStopped() async throws {
    var follower = LogFollower(directory: directory, address: collector.address, http: http)
    while !isStopped {
      await follower.forward()
      try await Task.sleep(for: .milliseconds(50))
    }
    await follower.forward()
  }

  private func stopAll() async {
    // Callers first, so that none of them calls a service that is gone.
    for wave in Self.waves.reversed() {
      await withTaskGroup { group in
        for role in wave {
          guard let process = processes.removeValue(forKey: role) else { continue }
          group.addTask { await process.stop() }
        }
      }
    }
    isStopped = true
  }

  /// Groups of services that can be started together; services that are called come first.
  private static let waves: [[ServiceRole]] = [[.risk, .inventory], [.payment], [.order], [.worker, .gateway]]

  private func arguments(for role: ServiceRole) throws -> [String] {
    var arguments = [role.command, "--directory", directory.path, "--with-parent"]
    arguments += ["--start-reason", startReasons[role] ?? "first start"]
    if let port = ports[role] { arguments += ["--port", "\(port)"] }
    for callee in role.callees { arguments += ["--\(callee.command)", try address(of: callee)] }
    return arguments
  }

  private func environment(of role: ServiceRole) -> [String: String] {
    var own = [
      // Journals of this run only, without those of earlier runs.
      "SPOOR_JOURNAL_DIR": directory.journal(of: role.rawValue),
      // Shorter than the default, because a person waits for the traces.
      "OTEL_BSP_SCHEDULE_DELAY": "100",
      // Reading the debug information of a debug build takes seconds, and the stacks are there to be read.
      "SPOOR_STACK_PATIENCE": "20000",
      "SPOOR_LOG_FORMAT": "json",
      // Two processes of one machine may log within the same millisecond.
      "SPOOR_LOG_TIMESTAMP_DIGITS": "6",
    ]
    let address = spanAddress ?? collector.address
    if usesOTLP {
      own["OTEL_TRACES_EXPORTER"] = "otlp"
      own["OTEL_LOGS_EXPORTER"] = "console,otlp"
      own["OTEL_EXPORTER_OTLP_ENDPOINT"] = address
    } else {
      own["OTEL_EXPORTER_ZIPKIN_ENDPOINT"] = address + "/api/v2/spans"
    }
    return own.merging(settings) { $1 }
  }

  private func waitUntilHealthy(_ role: ServiceRole) async throws {
    let process = try process(of: role)
    ports[role] = try await eventually("\(role.rawValue) answers", within: .seconds(30)) {
      if let ending = process.ending {
        throw EndedEarly(name: process.name, ending: ending, errors: directory.errors(of: process.name))
      }
      guard let port = directory.port(of: role.rawValue) else { return nil }
      return await http.answers("http://127.0.0.1:\(port)/health") ? port : nil
    }
  }
}

extension HTTPClient {
  /// Whether a GET request is answered with 2xx within a second.
  func answers(_ address: String) async -> Bool {
    guard let response = try? await execute(HTTPClientRequest(url: address), timeout: .seconds(1)) else { return false }
    _ = try? await response.body.collect(upTo: 1 << 16)
    return (200..<300).contains(response.status.code)
  }
}

extension ServiceRole {
  /// The subcommand, and the option that passes its address to others.
  var command: String {
    switch self {
    case .risk: "risk"
    case .payment: "payment"
    case .inventory: "inventory"
    case .order: "order"
    case .worker: "worker"
    case .gateway: "gateway"
    }
  }

  /// The services that it calls.
  var callees: [ServiceRole] {
    switch self {
    case .gateway: [.order]
    case .order: [.inventory, .payment]
    case .payment: [.risk]
    case .risk, .inventory, .worker: []
    }
  }
}

/// A service was requested that is not running.
struct NotRunning: Error, CustomStringConvertible {
  let role: ServiceRole

  var description: String { "\(role.rawValue) is not running" }
}

/// A process ended during its start.
struct EndedEarly: Error, CustomStringConvertible {
  let name: String
  let ending: ChildProcess.Ending
  let errors: String

  var description: String { "\(name) ended during its start (\(ending)); its standard error is in \(errors)" }
}
