// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Logging

/// Keeps the stock.
struct InventoryService: Sendable {
  let stock: StockStore
  /// An additional delay of every reservation, for cases that need a slow service.
  let delay: Duration
  private let log = Logger(label: "inventory")

  init(pool: ConnectionPool, delay: Duration = .zero) {
    self.delay = delay
    stock = StockStore(pool: pool)
  }

  /// Adds `POST /reservations`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.post("reservations") { request, context in
      try await Response.answering(request, context) {
        try .json(try await reserve(try await request.json(as: ReservationRequest.self)))
      }
    }
  }

  private func reserve(_ reservation: ReservationRequest) async throws -> ReservationAnswer {
    if delay > .zero { try await Task.sleep(for: delay) }
    do {
      let left = try await stock.reserve(reservation.quantity, of: reservation.sku)
      log.info(
        "stock_reserved",
        metadata: [
          "order_id": "\(reservation.orderID)", "sku": "\(reservation.sku)", "left": .stringConvertible(left),
        ])
      return ReservationAnswer(sku: reservation.sku, left: left)
    } catch let error as OutOfStock {
      throw Problem(status: .conflict, field: "sku", reason: error.description)
    }
  }
}
