/// B3, Zipkin's propagation, in one header or in several. https://github.com/openzipkin/b3-propagation
enum B3 {
  static let single = "b3"
  static let traceID = "X-B3-TraceId"
  static let spanID = "X-B3-SpanId"
  static let parentSpanID = "X-B3-ParentSpanId"
  static let sampled = "X-B3-Sampled"
  static let flags = "X-B3-Flags"

  /// `traceid-spanid[-flag[-parent]]`, or a flag alone. Nil where it is invalid.
  static func parse(single text: String) -> ExtractedContext? {
    let parts = text.utf8[...].trimmed.split(
      separator: UInt8(ascii: "-"), maxSplits: 4, omittingEmptySubsequences: false)
    if parts.count == 1 { return decision(parts[0], acceptsWords: false).map(ExtractedContext.samplingOnly) }
    guard (2...4).contains(parts.count), let traceID = TraceID(digits: parts[0]), let spanID = SpanID(digits: parts[1])
    else { return nil }
    var context = TraceContext(traceID: traceID, spanID: spanID)
    if parts.count > 2 {
      if let decision = decision(parts[2], acceptsWords: false) {
        context.sampling = decision
      } else if parts.count == 3, let parent = SpanID(digits: parts[2]) {
        context.parentSpanID = parent  // Old senders leave the flag out and write the parent in its place.
        return .context(context)
      } else {
        return nil
      }
    }
    if parts.count > 3 {
      guard let parent = SpanID(digits: parts[3]) else { return nil }
      context.parentSpanID = parent
    }
    return .context(context)
  }

  /// The several headers. Nil where any of them is invalid or ids are incomplete: never half of one.
  static func parse(header: (String) -> String?) -> ExtractedContext? {
    var sampling = SamplingDecision.undecided
    if let text = header(sampled) {
      guard let decision = decision(text.utf8[...].trimmed, acceptsWords: true), decision != .debug else { return nil }
      sampling = decision
    }
    // Only `1` means anything; other values of the flags are ignored, as Brave does.
    if let text = header(flags), text.utf8[...].trimmed.elementsEqual("1".utf8) { sampling = .debug }
    let traceText = header(traceID)
    let spanText = header(spanID)
    guard let traceText, let spanText else {
      guard traceText == nil, spanText == nil, sampling != .undecided else { return nil }
      return .samplingOnly(sampling)
    }
    guard let traceID = TraceID(digits: traceText.utf8[...].trimmed),
      let spanID = SpanID(digits: spanText.utf8[...].trimmed)
    else { return nil }
    var context = TraceContext(traceID: traceID, spanID: spanID, sampling: sampling)
    if let text = header(parentSpanID) {
      guard let parent = SpanID(digits: text.utf8[...].trimmed) else { return nil }
      context.parentSpanID = parent
    }
    return .context(context)
  }

  private static func decision(_ text: Substring.UTF8View, acceptsWords: Bool) -> SamplingDecision? {
    if text.count == 1 {
      switch text.first {
      case UInt8(ascii: "0"): return .notSampled
      case UInt8(ascii: "1"): return .sampled
      case UInt8(ascii: "d"): return .debug
      default: return nil
      }
    }
    guard acceptsWords else { return nil }
    // Before the specification settled on digits.
    switch String(decoding: text, as: UTF8.self).lowercased() {
    case "true": return .sampled
    case "false": return .notSampled
    default: return nil
    }
  }

  private static func flag(_ sampling: SamplingDecision) -> String? {
    switch sampling {
    case .undecided: nil
    case .notSampled: "0"
    case .sampled: "1"
    case .debug: "d"
    }
  }

  static func singleValue(of context: TraceContext, withParent: Bool) -> String {
    var text = "\(context.traceID)-\(context.spanID)"
    guard let flag = flag(context.sampling) else { return text }  // The parent stands behind a flag only.
    text += "-\(flag)"
    if withParent, let parent = context.parentSpanID { text += "-\(parent)" }
    return text
  }

  static func headers(of context: TraceContext) -> [(name: String, value: String)] {
    var headers = [(traceID, context.traceID.description), (spanID, context.spanID.description)]
    if let parent = context.parentSpanID { headers.append((parentSpanID, parent.description)) }
    switch context.sampling {
    case .undecided: break
    case .notSampled: headers.append((sampled, "0"))
    case .sampled: headers.append((sampled, "1"))
    case .debug: headers.append((flags, "1"))  // Implies "recorded"; both together would say it twice.
    }
    return headers
  }
}
