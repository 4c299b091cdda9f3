// SPDX-License-Identifier: Apache-2.0

// Spoor's member of `tracestate`, for information that `traceparent` cannot carry.
//
// `spoor=p:SPANID`, then `;s:d` for debug or `;s:u` for undecided. W3C Trace Context, 3.3.1: a participant that changes
// `traceparent` puts its member in front.

extension TraceState {
  /// The key of Spoor's member.
  static let spoorKey = "spoor"

  /// The content of Spoor's member.
  struct SpoorMember: Hashable {
    /// The span that wrote the member.
    var spanID: SpanID
    /// Debug or undecided; `nil` if the flags of `traceparent` are sufficient.
    var sampling: SamplingDecision?
  }

  /// Spoor's member; `nil` if there is none, or if its value is not in Spoor's form.
  var spoorMember: SpoorMember? {
    guard let value = self[Self.spoorKey] else { return nil }
    var parts = value.split(separator: ";", omittingEmptySubsequences: false).makeIterator()
    guard let first = parts.next(), first.hasPrefix("p:"), let spanID = SpanID(String(first.dropFirst(2))) else {
      return nil
    }
    switch parts.next() {
    case "s:d": return SpoorMember(spanID: spanID, sampling: .debug)
    case "s:u": return SpoorMember(spanID: spanID, sampling: .undecided)
    default: return SpoorMember(spanID: spanID)  // Later versions may add parts that this one ignores.
    }
  }
}

extension TraceContext {
  /// The `tracestate` with Spoor's member in front.
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

  /// Applies Spoor's member to a `traceparent` that has just been read.
  ///
  /// - Returns: the nearest earlier span that Spoor made, if the caller's span is not Spoor's.
  mutating func takeSpoorMember() -> SpanID? {
    guard let member = traceState?.spoorMember else { return nil }
    if member.sampling == .debug, sampling == .sampled { sampling = .debug }
    // A proxy that changed the span id may have decided as well; its flag would look the same.
    if member.sampling == .undecided, sampling == .notSampled, member.spanID == spanID { sampling = .undecided }
    return member.spanID == spanID ? nil : member.spanID
  }
}
