// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import GRDB
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Spoor
import Synchronization
import Tracing
import UnixSignals

/// A service with seven paths, five of which fail, each in its own way, and more that fail in fifty ways or trap.
///
///     FailingService PORT
///
/// Serves until SIGTERM or SIGINT, then prints one JSON object to standard error: the requests of each path, the spans
/// that these should have, and Spoor's own account of spans. Configured by Spoor's environment variables. The libraries
/// that it links make it as large as a real service. Benchmarks/first_failures.py and scripts/small_container.py run
/// it.
@main
struct FailingService {
  static func main() async throws {
    guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
      print("usage: FailingService PORT")
      exit(2)
    }
    let spoor = try SpoorSystem.bootstrap(service: "failing-service")
    let log = Logger(label: "failing-service")
    let counts = Counts()
    let shop = try Shop()

    let router = Router()
    router.get("health") { _, _ in HTTPResponse.Status.ok }
    router.get("trap") { _, _ -> HTTPResponse.Status in
      try await withSpan("trap") { _ in try await Traps.trap() }
      return .ok
    }
    router.add(middleware: TracingMiddleware())
    router.add(middleware: FailureLog(log: log, counts: counts))
    router.get("orders") { _, _ in try await shop.orders() }
    router.get("stock") { _, _ in try await shop.stock() }
    router.get("reserve") { _, _ in try await shop.reserve() }
    router.get("charge") { _, _ in try await shop.charge() }
    router.get("decode") { _, _ in try shop.decode() }
    router.get("call") { _, _ in try await shop.call() }
    router.get("query") { _, _ in try await shop.query() }
    router.get("kinds/{kind}") { _, context -> HTTPResponse.Status in
      try Kinds.fail(try context.parameters.require("kind", as: Int.self))
      return .ok
    }
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
      onServerRunning: { _ in log.info("service_started") }, logger: log)
    let group = ServiceGroup(
      configuration: .init(services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
    try await group.run()
    try await shop.close()
    let report = await spoor.shutdown()
    counts.write(report)
  }
}

/// What was asked for, and how often.
final class Counts: Sendable {
  private let requests = Mutex<[String: Int]>([:])

  func add(_ path: String) { requests.withLock { $0[path, default: 0] += 1 } }

  func write(_ report: SpoorSystem.ShutdownReport) {
    let requests = requests.withLock(\.self)
    // Each request has its server span, and those that its path begins.
    let expected = requests.reduce(0) { $0 + $1.value * (1 + (Shop.spans[$1.key] ?? 0)) }
    let spans = report.spans
    let account: [String: Any] = [
      "requests": requests, "expected_spans": expected, "started": spans.started, "sent": spans.sent,
      "dropped": spans.dropped.values.reduce(0, +), "open": spans.open, "undelivered": report.undeliveredSpans,
      "wrote_all_lines": report.wroteAllLines,
    ]
    if let data = try? JSONSerialization.data(withJSONObject: account, options: [.sortedKeys]) {
      FileHandle.standardError.write(data + Data("\n".utf8))
    }
  }
}

/// Counts requests, and logs errors as services do.
private struct FailureLog<Context: RequestContext>: RouterMiddleware {
  let log: Logger
  let counts: Counts

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    counts.add(request.uri.path)
    do { return try await next(request, context) } catch {
      log.error("request_failed", error: error, metadata: ["path": .string(request.uri.path)])
      throw error
    }
  }
}

/// The service's work. Every failing function does something after its last call, so that its frame is there.
struct Shop: Sendable {
  private let http: HTTPClient
  private let database: DatabaseQueue

  init() throws {
    var configuration = HTTPClient.Configuration()
    // A refused connection is an error at once.
    configuration.connectionPool.retryConnectionEstablishment = false
    http = HTTPClient(configuration: configuration)
    database = try DatabaseQueue()
  }

  /// Spans that a path begins, beside the server's.
  static let spans = ["/orders": 2, "/stock": 1, "/reserve": 1, "/charge": 2, "/decode": 0, "/call": 2, "/query": 1]

  func close() async throws { try await http.shutdown() }

  @discardableResult
  @inline(never) static func keep(_ number: Int) -> Int { calls.wrappingAdd(number, ordering: .relaxed).newValue }
  private static let calls = Atomic<Int>(0)

  struct OutOfStock: Error {}
  struct CardRefused: Error { var code = 51 }
  struct ChargeFailed: Error { let cause: any Error }

  func orders() async throws -> String {
    await withSpan("load orders") { _ in
      await Task.yield()
      withSpan("render") { $0.attributes["orders"] = 7 }
    }
    return "7 orders"
  }

  func stock() async throws -> String { withSpan("count") { _ in "12 lamps" } }

  @inline(never) private static func take() throws {
    keep(1)
    throw OutOfStock()
  }

  /// Fails in a child task.
  @inline(never) func reserve() async throws -> String {
    try await withSpan("reserve") { _ in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try Self.take() }
        try await group.waitForAll()
      }
      Self.keep(2)
    }
    return ""
  }

  @inline(never) private static func authorize() async throws(CardRefused) {
    await Task.yield()
    keep(3)
    throw CardRefused()
  }

  /// Fails with a typed error, as the cause of another one.
  @inline(never) func charge() async throws -> String {
    try await withSpan("charge") { _ in
      do { try await withSpan("authorize") { _ in try await Self.authorize() } } catch {
        Self.keep(4)
        throw ChargeFailed(cause: error)
      }
    }
    return ""
  }

  /// Fails inside a decoder.
  @inline(never) func decode() throws -> String {
    struct Order: Decodable {
      struct Line: Decodable { let number: Int }
      let lines: [Line]
    }
    let order = try JSONDecoder().decode(Order.self, from: Data(#"{"lines":[{"number":"two"}]}"#.utf8))
    Self.keep(order.lines.count)
    return ""
  }

  /// Fails in the client: nothing listens on port 1.
  @inline(never) func call() async throws -> String {
    try await withSpan("call") { _ in
      _ = try await http.execute(HTTPClientRequest(url: "http://127.0.0.1:1/"), timeout: .seconds(10))
      Self.keep(5)
    }
    return ""
  }

  /// Fails in the database.
  @inline(never) func query() async throws -> String {
    try await withSpan("query") { _ in
      Self.keep(try await database.read { try Int.fetchAll($0, sql: "SELECT * FROM nowhere").count })
      Self.keep(6)
    }
    return ""
  }
}

/// A fault that ends the process.
private enum Traps {
  @inline(never) static func trap() async throws {
    try await Task.sleep(for: .milliseconds(1))
    let numbers = [1, 2, 3]
    Shop.keep(element(of: numbers, at: ProcessInfo.processInfo.arguments.count + 7))
  }

  @inline(never) private static func element(of numbers: [Int], at index: Int) -> Int { numbers[index] }
}
