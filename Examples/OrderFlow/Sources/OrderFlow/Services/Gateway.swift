import HTTPTypes
import Hummingbird
import Logging
import Tracing

/// The door: checks what comes in, starts the trace, hands on.
struct Gateway: Sendable {
  let orders: ServiceClient
  private let log = Logger(label: "gateway")

  init(orders: ServiceClient) {
    self.orders = orders
  }

  /// `POST /orders`.
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
        metadata: ["field": "\(problem.field ?? "")", "reason": "\(problem.reason)"])
      throw problem
    }
    log.info(
      "order_received", metadata: ["order_id": "\(order.orderID)", "user_id": "\(order.customer.id)"])
    do {
      return try .json(try await orders.post("/orders", order, as: OrderAnswer.self), status: .created)
    } catch let error as DownstreamError {
      log.warning("order_failed", error: error, metadata: ["order_id": "\(order.orderID)"])
      throw Problem(status: .init(code: error.status), field: error.field, reason: error.reason)
    } catch let error as ServiceTimeout {
      log.error("order_failed", error: error, metadata: ["order_id": "\(order.orderID)"])
      throw Problem(status: .gatewayTimeout, reason: "the order service does not answer")
    } catch let error as ServiceUnreachable {
      log.error("order_failed", error: error, metadata: ["order_id": "\(order.orderID)"])
      throw Problem(status: .badGateway, reason: "the order service is not there")
    }
  }
}
