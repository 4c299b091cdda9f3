// SPDX-License-Identifier: Apache-2.0

/// When the shipper sends.
package struct ShipperSettings: Sendable, Hashable {
  /// A request body is sent at this size, in bytes before compression. Default 500 000.
  package var batchBytes = 500_000
  /// The longest time that a finished span waits for its batch to fill. Default 1 s.
  package var batchAge: Duration = .seconds(1)
  /// How often a process looks for journals of dead processes. Default 1 min.
  package var adoptionInterval: Duration = .seconds(60)
  /// A span that is open for longer is reported once in its current state; nil for never. Default 10 min.
  package var openSpanAge: Duration? = .seconds(600)
  /// How long spans with a stack wait for its names while a caller waits for a flush. Default 100 ms.
  package var flushPatience: Duration = .milliseconds(100)
  /// How often a shipper looks around while there is nothing to do; nil for never. Default 1 s.
  package var idleInterval: Duration? = .seconds(1)
  /// The settings of retries.
  package var delivery = DeliverySettings()
  /// The seed of the back-off's jitter; different for each process.
  package var seed: UInt64 = .random(in: .min ... .max)

  package init() {}
}
