// SPDX-License-Identifier: Apache-2.0

import Logging

/// order-service's client of payment-service, with a short time-out and two retries.
struct PaymentClient: Sendable {
  /// The number of retries.
  static let retries = 2
  /// How long an unreachable service is retried. A restart takes about a second.
  static let reachTime: Duration = .seconds(3)
  /// The time-out of one attempt.
  static let timeout: Duration = .milliseconds(300)

  /// The result of a charge.
  enum Outcome: Sendable {
    case paid
    case declined(reason: String)
    /// It is unknown whether the card was charged.
    case unconfirmed
    case failed(any Error)
  }

  let service: ServiceClient
  private let log = Logger(label: "payment-client")

  init(service: ServiceClient) {
    self.service = service
  }

  /// Charges the card, and retries if there is no answer in time. The order's id makes the charge safe to repeat.
  ///
  /// - Throws: ``PaymentTimeout`` if the last attempt timed out too.
  func charge(_ request: ChargeRequest) async throws(PaymentTimeout) -> Outcome {
    let deadline = ContinuousClock.now + Self.reachTime
    var attempt = 0
    // A request that makes the service trap must not be repeated for ever, so the number of repeats is limited. It is
    // more than one, because the client's next connection may have been closed by the same crash.
    var repeatsOfReached = 3
    while true {
      do {
        _ = try await service.post("/charges", request, as: ChargeAnswer.self, timeout: Self.timeout)
        return .paid
      } catch let error as ServiceTimeout {
        guard attempt < Self.retries else { throw PaymentTimeout(retries: attempt, cause: error) }
        log.info(
          "payment_retry",
          metadata: ["order_id": "\(request.orderID)", "retry": .stringConvertible(attempt + 1)])
        attempt += 1
      } catch let error as ServiceUnreachable
        where ContinuousClock.now < deadline && !Task.isCancelled && (repeatsOfReached > 0 || !error.wasReached)
      {
        if error.wasReached { repeatsOfReached -= 1 }
        log.info("payment_unreachable", metadata: ["order_id": "\(request.orderID)", "reason": "\(error)"])
        try? await Task.sleep(for: .milliseconds(100))
      } catch let error as DownstreamError where error.status == 402 {
        return .declined(reason: error.reason)
      } catch {
        return .failed(error)
      }
    }
  }
}

/// A payment was not confirmed in time.
struct PaymentTimeout: Error, CustomStringConvertible {
  let retries: Int
  let cause: ServiceTimeout

  var description: String { "\(cause), \(retries) retries" }
}
