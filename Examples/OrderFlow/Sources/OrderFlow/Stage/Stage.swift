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

/// The processes of one run, and the client that talks to them.
actor Stage {
  let directory: RunDirectory
  let collector: CollectorProcess
  let http: HTTPClient
  /// What random choices begin with.
  nonisolated let seed: UInt64
  private var processes: [ServiceRole: ChildProcess] = [:]
  private var ports: [ServiceRole: Int] = [:]
  private var isStopped = false
  private var spanAddress: String?
  private var settings: [String: String] = [:]

  private init(directory: RunDirectory, collector: CollectorProcess, http: HTTPClient, seed: UInt64) {
    self.seed = seed
    self.directory = directory
    self.collector = collector
    self.http = http
  }

  /// Starts the collector and the services, runs `body`, and stops them all, whatever happened.
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
      collector = try await CollectorProcess.start(port: options.collectorPort, directory: directory, http: http)
    } catch {
      try? await http.shutdown()
      throw error
    }
    let stage = Stage(directory: directory, collector: collector, http: http, seed: options.seed)
    let forwarding = Task { if forwardsLogs { try await stage.forwardLogsUntilStopped() } }
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

  /// The address of a service that runs.
  func address(of role: ServiceRole) throws -> String {
    guard let port = ports[role] else { throw NotRunning(role: role) }
    return "http://127.0.0.1:\(port)"
  }

  /// The process of a service.
  func process(of role: ServiceRole) throws -> ChildProcess {
    guard let process = processes[role] else { throw NotRunning(role: role) }
    return process
  }

  /// Starts services, each after those that it calls, and waits until each answers. One that ran before gets the port
  /// that it had, so that the others find it again.
  ///
  /// - Parameters:
  ///   - arguments: given to each of them beside what it needs.
  ///   - variables: of the environment, in place of what they would be.
  func start(
    _ roles: [ServiceRole], arguments more: [String] = [], environment variables: [String: String] = [:]
  ) async throws {
    for wave in Self.waves {
      let wave = wave.filter(roles.contains)
      for role in wave {
        directory.forgetPort(of: role.rawValue)
        processes[role] = try ChildProcess(
          name: role.rawValue, arguments: try arguments(for: role) + more,
          environment: environment(of: role).merging(variables) { $1 },
          directory: directory)
      }
      for role in wave { try await waitUntilHealthy(role) }
    }
  }

  /// Services that are started from now on send their spans to `address` instead of to the collector.
  func sendSpans(to address: String) {
    spanAddress = address
  }

  /// Services that are started from now on have these variables in their environment.
  func set(_ variables: [String: String]) {
    settings.merge(variables) { $1 }
  }

  /// Kills one service as the system does when memory is short: it gets to do nothing more.
  func kill(_ role: ServiceRole) async {
    guard let process = processes.removeValue(forKey: role) else { return }
    process.send(SIGKILL)
    await process.wait()
  }

  /// Stops one service as an operator does: it drains.
  func stop(_ role: ServiceRole) async {
    await processes.removeValue(forKey: role)?.stop()
  }

  /// Hands what the services write to the collector, and once more when they have ended. (Not ended by cancellation: a
  /// request that is cut off may have been taken.)
  private func forwardLogsUntilStopped() async throws {
    var follower = LogFollower(directory: directory, address: collector.address, http: http)
    while !isStopped {
      await follower.forward()
      try await Task.sleep(for: .milliseconds(50))
    }
    await follower.forward()
  }

  private func stopAll() async {
    // Callers first, so that nobody calls what is gone.
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

  /// Services that can be started at the same time, those that are called before those that call.
  private static let waves: [[ServiceRole]] = [[.risk, .inventory], [.payment], [.order], [.worker, .gateway]]

  private func arguments(for role: ServiceRole) throws -> [String] {
    var arguments = [role.command, "--directory", directory.path, "--with-parent"]
    if let port = ports[role] { arguments += ["--port", "\(port)"] }
    for callee in role.callees { arguments += ["--\(callee.command)", try address(of: callee)] }
    return arguments
  }

  private func environment(of role: ServiceRole) -> [String: String] {
    let own = [
      // Of this run alone: what an earlier one left behind is no part of the story told here.
      "SPOOR_JOURNAL_DIR": directory.journal(of: role.rawValue),
      "OTEL_EXPORTER_ZIPKIN_ENDPOINT": (spanAddress ?? collector.address) + "/api/v2/spans",
      // Sooner than the default, for somebody waits for the traces.
      "OTEL_BSP_SCHEDULE_DELAY": "100",
      // The debug information of a debug build takes seconds to read, and stacks are there to be read by somebody.
      "SPOOR_STACK_PATIENCE": "20000",
      "SPOOR_LOG_FORMAT": "json",
      // The processes of one machine take turns within a millisecond.
      "SPOOR_LOG_TIMESTAMP_DIGITS": "6",
    ]
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
  /// Whether a GET is answered with 2xx within a second.
  func answers(_ address: String) async -> Bool {
    guard let response = try? await execute(HTTPClientRequest(url: address), timeout: .seconds(1)) else { return false }
    _ = try? await response.body.collect(upTo: 1 << 16)
    return (200..<300).contains(response.status.code)
  }
}

extension ServiceRole {
  /// The subcommand, and the option that names its address to others.
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

/// A service that is not there was asked for.
struct NotRunning: Error, CustomStringConvertible {
  let role: ServiceRole

  var description: String { "\(role.rawValue) is not running" }
}

/// A process ended when it should have come up.
struct EndedEarly: Error, CustomStringConvertible {
  let name: String
  let ending: ChildProcess.Ending
  let errors: String

  var description: String { "\(name) ended when it started (\(ending)); it wrote to \(errors)" }
}
