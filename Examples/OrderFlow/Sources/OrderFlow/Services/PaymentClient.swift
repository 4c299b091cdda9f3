import Logging

/// order-service's way to payment-service: a short time-out and two retries.
struct PaymentClient: Sendable {
  /// How often a charge is tried again.
  static let retries = 2
  /// How long a service that is not there is looked for: a restart takes about a second.
  static let reachTime: Duration = .seconds(3)
  /// For one attempt.
  static let timeout: Duration = .milliseconds(300)

  /// How a charge ended.
  enum Outcome: Sendable {
    case paid
    case declined(reason: String)
    /// Nobody knows whether the money was taken.
    case unconfirmed
    case failed(any Error)
  }

  let service: ServiceClient
  private let log = Logger(label: "payment-client")

  init(service: ServiceClient) {
    self.service = service
  }

  /// Charges, and tries again when there is no answer in time. The order's id makes the charge safe to repeat.
  ///
  /// - Throws: ``PaymentTimeout`` when the last attempt got no answer in time either.
  func charge(_ request: ChargeRequest) async throws(PaymentTimeout) -> Outcome {
    let deadline = ContinuousClock.now + Self.reachTime
    var attempt = 0
    // A request that the service does not survive must not be what each of its restarts begins with.
    // More than once all the same: the next connection of the client's may have died with the service as well.
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
        log.info("payment_unreachable", metadata: ["order_id": "\(request.orderID)", "why": "\(error)"])
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
