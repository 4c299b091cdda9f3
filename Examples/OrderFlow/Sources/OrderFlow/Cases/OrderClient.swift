// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A client of the gateway.
struct OrderClient: Sendable {
  /// An answer of the gateway.
  struct Answer: Sendable {
    let status: Int
    /// The trace id in the gateway's answer.
    let traceID: String
    let answer: OrderAnswer?
    let error: Problem.Body.Details?
    let took: Duration
  }

  let gateway: String
  let http: HTTPClient

  /// Sends an order.
  func place(_ order: OrderRequest) async throws -> Answer {
    try await send(Array(try JSONEncoder().encode(order)))
  }

  /// Sends any body to `POST /orders`.
  func send(_ body: [UInt8]) async throws -> Answer {
    let reply = try await Caller(address: gateway, http: http).post("/orders", bytes: body)
    return Answer(
      status: reply.status, traceID: reply.traceID, answer: reply.decoded(as: OrderAnswer.self),
      error: reply.decoded(as: Problem.Body.self)?.error, took: reply.took)
  }
}

extension OrderRequest {
  /// An order that succeeds.
  static func example(
    _ id: String, user: String = "U1234", sku: String = "SKU-LAMP", amountCents: Int = 4_990,
    card: String = CardToken.accepted
  ) -> OrderRequest {
    OrderRequest(
      orderID: id, customer: .init(id: user, name: "Ada Lovelace", email: "ada@example.org", age: 36), sku: sku,
      quantity: 1, amountCents: amountCents, card: card)
  }
}

extension Stage {
  /// Makes a client of the gateway.
  func orderClient() throws -> OrderClient {
    OrderClient(gateway: try address(of: .gateway), http: http)
  }

  /// Reads from the collector's API.
  nonisolated var reader: CollectorReader { CollectorReader(address: collector.address, http: http) }
}
