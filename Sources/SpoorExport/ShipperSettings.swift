/// When the shipper sends.
package struct ShipperSettings: Sendable, Hashable {
  /// A request's body is sent once it has so many bytes, before compression. Default 500 000.
  package var batchBytes = 500_000
  /// A finished span waits at most so long for company. Default 1 s.
  package var batchAge: Duration = .seconds(1)
  /// How often a living process looks for what dead ones left. Default 1 min.
  package var adoptionInterval: Duration = .seconds(60)
  /// A span that is open for longer is reported once as it is so far; nil for never. Default 10 min.
  package var openSpanAge: Duration? = .seconds(600)
  /// How patient delivery is.
  package var delivery = DeliverySettings()
  /// Of the back-off's jitter; another for each process.
  package var seed: UInt64 = .random(in: .min ... .max)

  package init() {}
}
