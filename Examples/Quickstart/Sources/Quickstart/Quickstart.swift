// SPDX-License-Identifier: Apache-2.0

import Logging
import Spoor
import Tracing

/// The smallest service: one span, one log line, one failure that is recovered from.
@main
struct Quickstart {
  static func main() async throws {
    let spoor = try SpoorSystem.bootstrap(service: "quickstart")
    let log = Logger(label: "orders")

    let answer = await withSpan("place order", ofKind: .server) { span in
      span.attributes["order.id"] = "ORD7890"
      log.info("order_placed", metadata: ["order_id": "ORD7890", "items": .stringConvertible(3)])

      return await withRecovery("payment_timeout", logger: log, metadata: ["order_id": "ORD7890"]) {
        try await charge("ORD7890")
      } fallback: { failure in
        "declined: \(failure.error)"
      }
    }
    log.info("order_answered", metadata: ["answer": .string(answer)])

    await spoor.shutdown()  // sends the remaining spans; in a service the ServiceGroup does this
  }
}

struct PaymentTimeout: Error, CustomStringConvertible {
  let description = "no answer in 300 ms"
}

func charge(_ order: String) async throws -> String {
  try await withSpan("charge", ofKind: .client) { span in
    span.attributes["peer.service"] = "payment-service"
    try await Task.sleep(for: .milliseconds(20))
    throw PaymentTimeout()
  }
}
