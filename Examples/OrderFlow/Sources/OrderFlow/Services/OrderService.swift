// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import Spoor
import Tracing

/// Stores orders: reserves stock, takes the payment and leaves a task for the worker.
struct OrderService: Sendable {
  let store: OrderStore
  let tasks: TaskTable
  let inventory: ServiceClient
  let payments: PaymentClient
  /// The first flaw of the incident: a connection is held until the end of an order, remote calls included.
  let keepsConnection: Bool
  private let log = Logger(label: "orders")

  init(pool: ConnectionPool, inventory: ServiceClient, payment: ServiceClient, keepsConnection: Bool = false) {
    self.keepsConnection = keepsConnection
    store = OrderStore(pool: pool)
    tasks = TaskTable(pool: pool)
    self.inventory = inventory
    payments = PaymentClient(service: payment)
  }

  /// Adds `POST /orders` and `GET /orders/{id}`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.post("orders") { request, context in
      try await Response.answering(request, context) {
        try .json(try await place(try await request.json(as: OrderRequest.self)), status: .created)
      }
    }
    router.get("orders/{id}") { request, context in
      try await Response.answering(request, context) {
        let id = try context.parameters.require("id")
        guard let state = try await store.state(of: id) else {
          throw Problem(status: .notFound, field: "id", reason: "there is no order \(id)")
        }
        return try .json(OrderAnswer(orderID: id, state: state))
      }
    }
  }

  private func place(_ order: OrderRequest) async throws -> OrderAnswer {
    do {
      if keepsConnection { return try await store.pool.lend { _ in try await carryOut(order) } }
      return try await carryOut(order)
    } catch let error as StorageError {
      log.error(
        "storage_failed", error: error,
        metadata: [
          "order_id": "\(order.orderID)", "connection": .stringConvertible(error.connection),
          "previous_holder": "\(error.previousHolder ?? "none")", "http.response.status_code": .stringConvertible(500),
        ])
      throw Problem(status: .internalServerError, reason: "the order could not be stored")
    } catch let error as PoolTimeout {
      log.error(
        "no_connection", error: error,
        metadata: [
          "order_id": "\(order.orderID)", "duration_ms": .stringConvertible(error.waited.wholeMilliseconds),
          "waiting": .stringConvertible(error.waiting), "holders": .array(error.holders.map { .string($0) }),
          "http.response.status_code": .stringConvertible(503),
        ])
      throw Problem(status: .serviceUnavailable, reason: "too many orders at once")
    }
  }

  private func carryOut(_ order: OrderRequest) async throws -> OrderAnswer {
    if let coupon = order.coupon { await redeem(coupon, for: order) }
    do {
      try await store.insert(order)
    } catch let error as DuplicateOrder {
      throw Problem(status: .conflict, field: "order_id", reason: error.description)
    }
    log.info("order_placed", metadata: ["order_id": "\(order.orderID)", "user_id": "\(order.customer.id)"])
    try await reserve(order)
    try await charge(order)
    let task = try await enqueue(order)
    return OrderAnswer(orderID: order.orderID, state: .paid, task: task)
  }

  /// Redeems a coupon. A failure does not stop the order.
  private func redeem(_ coupon: String, for order: OrderRequest) async {
    await withRecovery("coupon_ignored", logger: log, metadata: ["order_id": "\(order.orderID)"]) {
      let percent = try await store.discount(of: coupon)
      log.info("coupon_redeemed", metadata: ["order_id": "\(order.orderID)", "percent": .stringConvertible(percent)])
    } fallback: { _ in
    }
  }

  private func reserve(_ order: OrderRequest) async throws {
    do {
      let request = ReservationRequest(orderID: order.orderID, sku: order.sku, quantity: order.quantity)
      _ = try await inventory.post("/reservations", request, as: ReservationAnswer.self)
    } catch let error as DownstreamError where error.status == 409 {
      log.warning(
        "out_of_stock", error: error,
        metadata: [
          "order_id": "\(order.orderID)", "sku": "\(order.sku)", "http.response.status_code": .stringConvertible(409),
        ])
      try await store.set(.outOfStock, of: order.orderID)
      throw Problem(status: .conflict, field: "sku", reason: error.reason)
    }
  }

  /// Charges the card. If the payment cannot be confirmed in time, the order is kept for later settlement and the
  /// client gets 504.
  private func charge(_ order: OrderRequest) async throws {
    let charge = ChargeRequest(
      orderID: order.orderID, userID: order.customer.id, amountCents: order.amountCents, card: order.card)
    let outcome = await withRecovery(
      "payment_timeout", logger: log,
      metadata: [
        "order_id": "\(order.orderID)", "user_id": "\(order.customer.id)",
        "retry_count": .stringConvertible(PaymentClient.retries),
      ]
    ) {
      try await payments.charge(charge)
    } fallback: { _ in
      .unconfirmed
    }
    switch outcome {
    case .paid: return
    case .unconfirmed:
      try await store.set(.paymentTimeout, of: order.orderID)
      throw Problem(status: .gatewayTimeout, reason: "the payment could not be confirmed in time")
    case .declined(let reason):
      log.notice(
        "payment_declined",
        metadata: [
          "order_id": "\(order.orderID)", "reason": "\(reason)", "http.response.status_code": .stringConvertible(402),
        ])
      try await store.set(.declined, of: order.orderID)
      throw Problem(status: .paymentRequired, field: "card", reason: reason)
    case .failed(let error):
      log.error(
        "payment_failed", error: error,
        metadata: ["order_id": "\(order.orderID)", "http.response.status_code": .stringConvertible(502)])
      throw Problem(status: .badGateway, reason: "the payment service failed")
    }
  }

  /// Leaves a task for the worker: the producer's side of the message hop. The context of this span travels with the
  /// task.
  private func enqueue(_ order: OrderRequest) async throws -> String {
    try await withSpan("enqueue fulfilment", ofKind: .producer) { span in
      span.attributes["messaging.destination.name"] = "tasks"
      let task = try await tasks.enqueue(orderID: order.orderID, headers: Telemetry.messageHeaders())
      span.attributes["messaging.message.id"] = task
      log.info("fulfilment_enqueued", metadata: ["order_id": "\(order.orderID)", "task": "\(task)"])
      return task
    }
  }
}
