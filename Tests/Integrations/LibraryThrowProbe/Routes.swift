// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import IntegrationSupport
import Logging
import NIOCore
import Spoor
import SpoorTesting
import Tracing

/// Routes that fail, each in its own way, logged by a middleware inside the tracing middleware or around it.
enum Routes {
  struct Route {
    let path: String
    let place: Place
  }

  static let all = [
    Route(path: "/voucher", place: parsing), Route(path: "/order/x", place: requiring),
    Route(path: "/conflict", place: refusing), Route(path: "/task", place: Shop.reserving),
    Route(path: "/stock", place: Shop.reserving),
  ]

  private struct Voucher: Decodable { let code: String }

  private static let parsing = Place("static Routes.parse(_:_:)", #line + 3)
  @inline(never)
  private static func parse(_ request: Request, _ context: BasicRequestContext) async throws -> Voucher {
    let voucher = try await request.decode(as: Voucher.self, context: context)
    Shop.keep(31)
    return voucher
  }

  private static let requiring = Place("static Routes.require(_:)", #line + 3)
  @inline(never)
  private static func require(_ context: BasicRequestContext) throws -> Int {
    let number = try context.parameters.require("id", as: Int.self)
    Shop.keep(32)
    return number
  }

  private static let refusing = Place("static Routes.refuse()", #line + 4)
  @inline(never)
  private static func refuse() throws {
    Shop.keep(33)
    throw HTTPError(.conflict, message: "sold out")
  }

  @inline(never)
  private static func reserveInTask() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try Shop.reserve() }
      try await group.waitForAll()
    }
    Shop.keep(34)
  }

  private struct FailureLog<Context: RequestContext>: RouterMiddleware {
    let log: Logger
    func handle(
      _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
      do { return try await next(request, context) } catch {
        log.error("failed", error: error)
        throw error
      }
    }
  }

  static func outcome(of route: Route, isLoggedInside: Bool) async throws -> Outcome {
    let telemetry = try TelemetryCapture()
    let router = Router()
    let log = FailureLog<BasicRequestContext>(log: telemetry.logger("shop"))
    if !isLoggedInside { router.add(middleware: log) }
    router.add(middleware: TracingMiddleware())
    if isLoggedInside { router.add(middleware: log) }
    router.post("voucher") { request, context in try await parse(request, context).code }
    router.post("order/{id}") { _, context in try "\(require(context))" }
    router.post("conflict") { _, _ -> HTTPResponse.Status in
      try refuse()
      return .ok
    }
    router.post("task") { _, _ -> HTTPResponse.Status in
      try await reserveInTask()
      return .ok
    }
    router.post("stock") { _, _ -> HTTPResponse.Status in
      try Shop.reserve()
      return .ok
    }
    _ = try await withTracer(telemetry.tracer) {
      try await serving(router) { address in
        try await Caller.with { try await $0.post(address + route.path, body: "no JSON") }
      }
    }
    let spans = try await telemetry.spans(atLeast: 1)
    return Outcome(
      name: "Hummingbird, \(route.path), logged \(isLoggedInside ? "inside" : "around") the tracing middleware",
      record: telemetry.records().first { $0.event == "failed" }, spans: spans, place: route.place,
      sources: ["exact", "inferred"], isOfSpan: true)
  }
}
