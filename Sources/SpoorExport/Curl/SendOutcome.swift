/// What became of one request.
package enum SendOutcome: Sendable, Hashable {
  /// The collector answered 2xx: it has the spans.
  case delivered
  /// The collector will not take this body however often it comes: 400 or 413.
  case rejected(status: Int, reason: String)
  /// Anything else: the spans are kept and sent again.
  /// - status: What the collector answered; nil where no whole answer's head came.
  /// - after: How long it asked to be left alone (`Retry-After`).
  case retryLater(status: Int?, after: Duration?, reason: String)
}
