import Tracing

/// The headers of B3's older form, and what they say together.
///
/// HTTP does not tell upper and lower case apart, but a message's properties may: each name is asked for as B3 spells it
/// and in lower case.
struct B3MultiHeaders {
  static let canonical = B3MultiHeaders(
    traceID: "X-B3-TraceId", spanID: "X-B3-SpanId", parentSpanID: "X-B3-ParentSpanId", sampled: "X-B3-Sampled",
    flags: "X-B3-Flags")
  static let lowercase = B3MultiHeaders(
    traceID: "x-b3-traceid", spanID: "x-b3-spanid", parentSpanID: "x-b3-parentspanid", sampled: "x-b3-sampled",
    flags: "x-b3-flags")

  let traceID: String
  let spanID: String
  let parentSpanID: String
  let sampled: String
  let flags: String

  /// What the headers of this spelling say; `nil` if they say nothing, or one of them breaks a rule, for then none counts.
  func extract<E: Extractor>(from carrier: E.Carrier, using extractor: E) -> ExtractedContext? {
    guard let decision = decision(from: carrier, using: extractor) else { return nil }
    let traceIDText = extractor.nonblank(traceID, from: carrier)
    if traceIDText == nil, decision == .undecided { return nil }
    let spanIDText = extractor.nonblank(spanID, from: carrier)
    if traceIDText == nil, spanIDText == nil { return .samplingOnly(decision) }
    guard
      let traceID = traceIDText.flatMap({ HeaderReader.read($0, trimsBlanks: true) { $0.traceID() } }),
      let spanID = spanIDText.flatMap({ HeaderReader.read($0, trimsBlanks: true) { $0.spanID() } })
    else { return nil }
    var parent: SpanID?
    if let parentText = extractor.nonblank(parentSpanID, from: carrier) {
      parent = HeaderReader.read(parentText, trimsBlanks: true) { $0.spanID() }
      if parent == nil { return nil }
    }
    return .context(TraceContext(traceID: traceID, spanID: spanID, parentSpanID: parent, sampling: decision))
  }

  /// `X-B3-Flags: 1` is debug, and stronger than `X-B3-Sampled`; `nil` if the latter breaks a rule.
  private func decision<E: Extractor>(from carrier: E.Carrier, using extractor: E) -> SamplingDecision? {
    var decision = SamplingDecision.undecided
    if let sampledText = extractor.nonblank(sampled, from: carrier) {
      guard let sampled = SamplingDecision(b3Sampled: sampledText) else { return nil }
      decision = sampled
    }
    if let flags = extractor.nonblank(flags, from: carrier), flags.trimmingBlanks() == "1" { decision = .debug }
    return decision
  }

  /// Writes the context in B3's own spelling.
  static func inject<I: Injector>(_ context: TraceContext, into carrier: inout I.Carrier, using injector: I) {
    injector.inject(context.traceID.description, forKey: canonical.traceID, into: &carrier)
    injector.inject(context.spanID.description, forKey: canonical.spanID, into: &carrier)
    if let parent = context.parentSpanID {
      injector.inject(parent.description, forKey: canonical.parentSpanID, into: &carrier)
    }
    inject(context.sampling, into: &carrier, using: injector)
  }

  /// Writes a decision. Debug goes alone: it implies that the trace is sampled, and B3 asks not to say so twice.
  static func inject<I: Injector>(_ sampling: SamplingDecision, into carrier: inout I.Carrier, using injector: I) {
    switch sampling {
    case .undecided: break
    case .notSampled: injector.inject("0", forKey: canonical.sampled, into: &carrier)
    case .sampled: injector.inject("1", forKey: canonical.sampled, into: &carrier)
    case .debug: injector.inject("1", forKey: canonical.flags, into: &carrier)
    }
  }
}

extension Extractor {
  /// The value of a header, unless it is absent or blank: some proxies send headers they have no value for.
  func nonblank(_ key: String, from carrier: Carrier) -> String? {
    guard let value = extract(key: key, from: carrier) else { return nil }
    return value.utf8.allSatisfy(\.isBlank) ? nil : value
  }
}

extension SamplingDecision {
  /// `1` and `0`; from old senders `true` and `false`, in any case, as Brave reads them.
  fileprivate init?(b3Sampled value: String) {
    switch value.trimmingBlanks() {
    case "1": self = .sampled
    case "0": self = .notSampled
    case let word where word.lowercased() == "true": self = .sampled
    case let word where word.lowercased() == "false": self = .notSampled
    default: return nil
    }
  }
}
