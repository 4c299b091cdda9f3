// SPDX-License-Identifier: Apache-2.0

/// The outcome of one request.
package enum SendOutcome: Sendable, Hashable {
  /// The collector responded with 2xx and has the spans.
  case delivered
  /// The collector answered 2xx, and its answer's body has something to say (OTLP's partial success): it refused some
  /// records, which are not sent again, or has a warning.
  case partlyDelivered(Acceptance)
  /// The collector will not take this body however often it comes: 400 or 413.
  case rejected(status: Int, reason: String)
  /// Anything else: the spans are kept and sent again.
  /// - status: What the collector answered; nil where no whole answer's head came.
  /// - after: How long it asked to be left alone (`Retry-After`).
  case retryLater(status: Int?, after: Duration?, reason: String)
  /// There was no connection, or nothing of the body was sent, so the collector has not judged it. The spans are kept.
  case unreachable(reason: String)
}
