// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import Tracing

/// The entry of the order flow: validates orders, starts their traces and passes them on.
struct Gateway: Sendable {
  let orders: ServiceClient
  private let log = Logger(label: "gateway")

  init(orders: ServiceClient) {
    self.orders = orders
  }

  /// Adds `POST /orders`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.post("orders") { request, context in
      try await Response.answering(request, context) { try await place(request) }
    }
  }

  private func place(_ request: Request) async throws -> Response {
    let order: OrderRequest
    do {
      order = try await withSpan("validate order") { span in
        do {
          let order = try await request.json(as: OrderRequest.self)
          try OrderValidation.check(order)
          return order
        } catch let problem as Problem {
          span.attributes["validation.field"] = problem.field
          span.attributes["validation.reason"] = problem.reason
          throw problem
        }
      }
    } catch let problem as Problem {
      log.notice(
        "order_refused",
        metadata: [
          "field": "\(problem.field ?? "")", "reason": "\(problem.reason)",
          "http.response.status_code": .stringConvertible(problem.status.code),
        ])
      throw problem
    }
    log.info(
      "order_received", metadata: ["order_id": "\(order.orderID)", "user_id": "\(order.customer.id)"])
    do {
      return try .json(try await orders.post("/orders", order, as: OrderAnswer.self), status: .created)
    } catch let error as DownstreamError {
      let problem = Problem(status: .init(code: error.status), field: error.field, reason: error.reason)
      throw failed(order, error, problem, level: error.status < 500 ? .warning : .error)
    } catch let error as ServiceTimeout {
      throw failed(order, error, Problem(status: .gatewayTimeout, reason: "the order service does not answer"))
    } catch let error as ServiceUnreachable {
      throw failed(order, error, Problem(status: .badGateway, reason: "the order service is unreachable"))
    }
  }

  /// Logs a failed order with the status of its answer, and returns the answer.
  private func failed(
    _ order: OrderRequest, _ error: any Error, _ problem: Problem, level: Logger.Level = .error
  ) -> Problem {
    log.log(
      level: level, "order_failed", error: error,
      metadata: [
        "order_id": "\(order.orderID)", "http.response.status_code": .stringConvertible(problem.status.code),
      ])
    return problem
  }
}
