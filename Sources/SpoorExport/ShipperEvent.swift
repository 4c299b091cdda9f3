/// What the shipper has to say. Handed out on its thread: take note and return.
package enum ShipperEvent: Sendable {
  /// A request was answered. `spans` were delivered by it, 0 for a failed one.
  case answered(spans: Int, bytes: Int, latency: Duration, failure: String?)
  /// A span that no collector will ever take was dropped.
  case rejected(status: Int, reason: String)
  /// A record that cannot be a span was dropped: one of its ids is zero.
  case unusable
  /// About a second has passed, or a request: a moment to look at the journal's counts.
  case tick
}

/// What the shipper leaves behind when it stops.
package struct ShipperRest: Sendable, Hashable {
  /// Finished spans that no collector has.
  package var undelivered: Int
  /// Why, where a collector said or did something.
  package var lastFailure: String?
}
