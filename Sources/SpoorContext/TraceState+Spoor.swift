// Our own member of `tracestate`: what `traceparent` has no words for.
//
// `spoor=p:SPANID`, then `;s:d` for debug or `;s:u` for undecided. W3C Trace Context, 3.3.1: a participant that changes
// `traceparent` puts its member in front.

extension TraceState {
  /// The key of our member.
  static let spoorKey = "spoor"

  /// What our member says.
  struct SpoorMember: Hashable {
    /// The span that wrote it.
    var spanID: SpanID
    /// Debug or undecided; nil where `traceparent` says all.
    var sampling: SamplingDecision?
  }

  /// Our member; `nil` where there is none, or one that we did not write.
  var spoorMember: SpoorMember? {
    guard let value = self[Self.spoorKey] else { return nil }
    var parts = value.split(separator: ";", omittingEmptySubsequences: false).makeIterator()
    guard let first = parts.next(), first.hasPrefix("p:"), let spanID = SpanID(String(first.dropFirst(2))) else {
      return nil
    }
    switch parts.next() {
    case "s:d": return SpoorMember(spanID: spanID, sampling: .debug)
    case "s:u": return SpoorMember(spanID: spanID, sampling: .undecided)
    default: return SpoorMember(spanID: spanID)  // What a later version may add is not ours to read.
    }
  }
}

extension TraceContext {
  /// `tracestate` with our member in front.
  var traceStateWithSpoor: TraceState? {
    let value =
      switch sampling {
      case .debug: "p:\(spanID);s:d"
      case .undecided: "p:\(spanID);s:u"
      case .sampled, .notSampled: "p:\(spanID)"
      }
    return traceState.map { $0.setting(TraceState.spoorKey, to: value) }
      ?? TraceState(key: TraceState.spoorKey, value: value)
  }

  /// Takes what our member adds to a `traceparent` that has just been read.
  ///
  /// - Returns: the nearest span before that we made, where the caller's span is somebody else's.
  mutating func takeSpoorMember() -> SpanID? {
    guard let member = traceState?.spoorMember else { return nil }
    if member.sampling == .debug, sampling == .sampled { sampling = .debug }
    // Whoever changed the span id in between may have decided: a flag of its own would look the same.
    if member.sampling == .undecided, sampling == .notSampled, member.spanID == spanID { sampling = .undecided }
    return member.spanID == spanID ? nil : member.spanID
  }
}
