// SPDX-License-Identifier: Apache-2.0

import Logging
import Spoor
import Tracing

/// Writes three records with Spoor, in the preset of `SPOOR_LOG_PRESET`: an order that is placed (info), low stock
/// (warning), a failed payment with its error (error).
@main
struct PresetWriter {
  struct PaymentTimeout: Error, CustomStringConvertible {
    let description = "no answer in 300 ms"
  }

  static func main() async throws {
    let spoor = try SpoorSystem.bootstrap(service: "orders")
    let log = Logger(label: "shop")
    withSpan("place order") { _ in
      log.info("order placed", metadata: ["order_id": "ORD1"])
      log.warning("stock low", metadata: ["order_id": "ORD2"])
      do {
        try charge()
      } catch {
        log.error("payment failed", error: error, metadata: ["order_id": "ORD3"])
      }
    }
    await spoor.shutdown()
  }

  static func charge() throws { throw PaymentTimeout() }
}
