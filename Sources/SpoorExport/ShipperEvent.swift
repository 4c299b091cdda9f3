package import SpoorJournal

/// What the shipper has to say. Handed out on its thread: take note and return.
package enum ShipperEvent: Sendable {
  /// A request was answered. `spans` were delivered by it, 0 for a failed one.
  case answered(spans: Int, bytes: Int, latency: Duration, failure: String?)
  /// A span that no collector will ever take was dropped.
  case rejected(status: Int, reason: String)
  /// A record that cannot be a span was dropped: one of its ids is zero.
  case unusable
  /// So many spans were open for too long, and are reported as they are so far.
  case openSpansReported(Int)
  /// A dead process's file is ours now; its spans are shipped before our own.
  case adopted(DeadJournal)
  /// A file could not be trusted and was set aside.
  case fileRejected(name: String, reason: String)
  /// A dead process's file was removed because the directory was over its limit: its spans are lost, its
  /// log lines are here.
  case fileRemoved(name: String, bytes: Int, lines: [[UInt8]])
  /// About a second has passed, or a request: a moment to look at the journal's counts.
  case tick
}

/// What the shipper leaves behind when it stops.
package struct ShipperRest: Sendable, Hashable {
  /// Finished spans that no collector has.
  package var undelivered: Int
  /// Whether they are in a file, which the next start ships.
  package var isKept: Bool
  /// Why, where a collector said or did something.
  package var lastFailure: String?
}
