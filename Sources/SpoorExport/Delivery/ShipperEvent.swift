// SPDX-License-Identifier: Apache-2.0

package import SpoorJournal

/// An event of the shipper. It is reported on the shipper's thread, so the receiver must return quickly.
package enum ShipperEvent: Sendable {
  /// A request ended. It delivered `spans` spans, 0 if it failed.
  case answered(spans: Int, bytes: Int, latency: Duration, failure: String?)
  /// A span was dropped because the collector refuses it for good.
  case rejected(status: Int?, reason: String)
  /// A collector took a request, and refused some spans of it or gave a warning.
  case partlyAccepted(refused: Int, message: String)
  /// A record that cannot be a span was dropped: one of its ids is zero.
  case unusable
  /// This many spans have been open for too long, and are reported in their current state.
  case openSpansReported(Int)
  /// A span was open for too long, and the format of the collector has no form for it.
  case openSpan(OpenSpan)
  /// A dead process's file is ours now; its spans are shipped before our own.
  case adopted(DeadJournal)
  /// A file could not be trusted and was set aside.
  case fileRejected(name: String, reason: String)
  /// A span of a dead process could not be read. It stays in its file and is tried again.
  case fileUnreadable(name: String, code: Int32)
  /// A dead process's file was removed because the directory was over its limit: its spans are lost, its log lines are
  /// handed out here.
  case fileRemoved(JournalAdoption.Removed)
  /// About a second has passed, or a request has ended: the time to check the journal's counters.
  case tick
}

/// What remains when the shipper stops.
package struct ShipperRest: Sendable, Hashable {
  /// Finished spans that no collector has, those of dead processes included.
  package var undelivered: Int
  /// Why the last request failed; nil if it succeeded.
  package var lastFailure: String?
}

/// A span that has been open for long.
package struct OpenSpan: Sendable, Hashable {
  package let traceIDHigh: UInt64
  package let traceIDLow: UInt64
  package let spanID: UInt64
  package let name: String
  /// Nanoseconds since 1970.
  package let startNanoseconds: UInt64

  init(_ record: SpanRecord) {
    traceIDHigh = record.traceIDHigh
    traceIDLow = record.traceIDLow
    spanID = record.spanID
    name = record.name ?? ""
    startNanoseconds = record.startNanoseconds
  }
}
