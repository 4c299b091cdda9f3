/// W3C Trace Context: `traceparent` and `tracestate`. https://www.w3.org/TR/trace-context/
enum W3CTraceContext {
  static let traceParent = "traceparent"
  static let traceState = "tracestate"

  /// `00-<32 hex>-<16 hex>-<2 hex>`; a higher version is read by the same prefix. Nil where it is invalid.
  static func parse(traceParent text: String, traceState: String?) -> TraceContext? {
    let parts = text.utf8[...].trimmed.split(
      separator: UInt8(ascii: "-"), maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count >= 4,
      parts[0].count == 2, let version = Hex.value(parts[0]), version != 0xFF,
      parts[1].count == 32, let traceID = TraceID(digits: parts[1]),
      let spanID = SpanID(digits: parts[2]),
      parts[3].count == 2, let flags = Hex.value(parts[3])
    else { return nil }
    guard version > 0 || parts.count == 4 else { return nil }
    return TraceContext(
      traceID: traceID, spanID: spanID, sampling: flags & 1 == 1 ? .sampled : .notSampled,
      traceState: traceState.flatMap(TraceState.init(header:)))
  }

  /// Version 00. An undecided context has no flag of its own: W3C knows only "recorded" and "not known to be".
  static func traceParentValue(of context: TraceContext) -> String {
    "00-\(context.traceID.paddedDescription)-\(context.spanID)-\(context.traceFlags)"
  }
}
