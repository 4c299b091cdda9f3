// SPDX-License-Identifier: Apache-2.0

import Tracing

/// The several headers of B3's older form, read and written together.
///
/// HTTP header names are case-insensitive, but message properties may not be: each name is looked up in B3's own
/// spelling and in lower case.
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

  /// Reads the headers in this spelling; `nil` if there are none, or if one of them breaks a rule, because then none
  /// counts.
  func extract<E: Extractor>(from carrier: E.Carrier, using extractor: E) -> ExtractedContext? {
    guard let decision = decision(from: carrier, using: extractor) else { return nil }
    let traceIDText = extractor.nonblank(traceID, from: carrier)
    if traceIDText == nil, decision == .undecided { return nil }
    let spanIDText = extractor.nonblank(spanID, from: carrier)
    if traceIDText == nil, spanIDText == nil { return .samplingOnly(decision) }
    guard
      let traceID = traceIDText.flatMap({ Self.read($0) { $0.unpaddedTraceID() } }),
      let spanID = spanIDText.flatMap({ Self.read($0) { $0.unpaddedSpanID() } })
    else { return nil }
    var parent: SpanID?
    if let parentText = extractor.nonblank(parentSpanID, from: carrier) {
      parent = Self.read(parentText) { $0.unpaddedSpanID() }
      if parent == nil { return nil }
    }
    return .context(TraceContext(traceID: traceID, spanID: spanID, parentSpanID: parent, sampling: decision))
  }

  private static func read<Value>(_ text: String, _ body: (inout HeaderReader) -> Value?) -> Value? {
    HeaderReader.read(text, trimsBlanks: true, acceptsRepeats: true, body)
  }

  /// `X-B3-Flags: 1` means debug and overrides `X-B3-Sampled`; `nil` if `X-B3-Sampled` breaks a rule.
  private func decision<E: Extractor>(from carrier: E.Carrier, using extractor: E) -> SamplingDecision? {
    var decision = SamplingDecision.undecided
    if let sampledText = extractor.nonblank(sampled, from: carrier) {
      guard let sampled = SamplingDecision(b3Sampled: sampledText) else { return nil }
      decision = sampled
    }
    let flags = extractor.nonblank(flags, from: carrier).flatMap { Self.read($0) { $0.word() } }
    return flags == "1" ? .debug : decision
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

  /// Writes a decision. Debug is written alone, because it implies that the trace is sampled and B3 asks not to repeat
  /// that.
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
  /// The value of a header; `nil` if it is absent or blank, because some proxies send headers without a value.
  func nonblank(_ key: String, from carrier: Carrier) -> String? {
    guard let value = extract(key: key, from: carrier) else { return nil }
    return value.utf8.prefix(HeaderReader.longestText).allSatisfy(\.isBlank) ? nil : value
  }
}

extension SamplingDecision {
  /// Reads `1` and `0`, and in any case `true` and `false` from old senders, as Brave does.
  fileprivate init?(b3Sampled value: String) {
    let decision: SamplingDecision? = HeaderReader.read(value, trimsBlanks: true, acceptsRepeats: true) { reader in
      switch reader.word() {
      case "1", "true": .sampled
      case "0", "false": .notSampled
      default: nil
      }
    }
    guard let decision else { return nil }
    self = decision
  }
}
