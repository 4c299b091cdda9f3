// B3, as openzipkin/b3-propagation describes it and Brave reads it.

extension TraceContext {
  /// The context as the value of a `b3` header: `TRACE-SPAN`, then `-1`, `-0` or `-d` where it has been decided, then the
  /// parent where there is one.
  ///
  /// The parent is left out of an undecided context: readers take what stands in third place for the decision.
  public var b3: String { b3(withParent: true) }

  func b3(withParent: Bool) -> String {
    ASCIIWriter.string(capacity: 32 + 1 + 16 + 2 + 1 + 16) { text in
      text.append(traceID)
      text.append(UInt8(ascii: "-"))
      text.append(spanID)
      guard let flag = sampling.b3Flag else { return }
      text.append(UInt8(ascii: "-"))
      text.append(flag)
      guard withParent, let parentSpanID else { return }
      text.append(UInt8(ascii: "-"))
      text.append(parentSpanID)
    }
  }
}

extension ExtractedContext {
  /// Reads the value of a `b3` header; blanks around it are passed over. `nil` if any part of it breaks a rule.
  ///
  /// Valid are ids with or without a decision, a decision alone, and, as Brave has it, ids with a parent but no decision.
  /// Ids are lower case, the trace's 16 or 32 digits long.
  public init?(b3 value: String) {
    var reader = HeaderReader(trimming: value)
    if let decision = SamplingDecision(b3Value: reader) {
      self = .samplingOnly(decision)
      return
    }
    guard
      let traceID = reader.traceID(), reader.take(UInt8(ascii: "-")), let spanID = reader.spanID()
    else { return nil }
    var context = TraceContext(traceID: traceID, spanID: spanID)
    if reader.take(UInt8(ascii: "-")) {
      guard context.readDecisionAndParent(from: reader) else { return nil }
    } else if !reader.isAtEnd() {
      return nil
    }
    self = .context(context)
  }
}

extension TraceContext {
  /// Reads what ``b3`` wrote, or any other `b3` header with ids. `nil` for anything else, a decision without ids too.
  public init?(b3 value: String) {
    guard case .context(let context)? = ExtractedContext(b3: value) else { return nil }
    self = context
  }

  /// What follows the ids: a decision, a decision and a parent, or a parent.
  fileprivate mutating func readDecisionAndParent(from start: HeaderReader) -> Bool {
    var reader = start
    if let decision = reader.next.flatMap(SamplingDecision.init(b3Flag:)) {
      reader.advance()
      if reader.take(UInt8(ascii: "-")) {
        guard let parent = reader.spanID(), reader.isAtEnd() else { return false }
        self = TraceContext(traceID: traceID, spanID: spanID, parentSpanID: parent, sampling: decision)
        return true
      }
      if reader.isAtEnd() {
        sampling = decision
        return true
      }
      reader = start
    }
    guard let parent = reader.spanID(), reader.isAtEnd() else { return false }
    self = TraceContext(traceID: traceID, spanID: spanID, parentSpanID: parent)
    return true
  }
}

extension SamplingDecision {
  /// `0`, `1` or `d`; none where nobody has decided.
  var b3Flag: UInt8? {
    switch self {
    case .undecided: nil
    case .notSampled: UInt8(ascii: "0")
    case .sampled: UInt8(ascii: "1")
    case .debug: UInt8(ascii: "d")
    }
  }

  /// The same as a header's value.
  var b3Value: String? {
    switch self {
    case .undecided: nil
    case .notSampled: "0"
    case .sampled: "1"
    case .debug: "d"
    }
  }

  init?(b3Flag: UInt8) {
    switch b3Flag {
    case UInt8(ascii: "0"): self = .notSampled
    case UInt8(ascii: "1"): self = .sampled
    case UInt8(ascii: "d"): self = .debug
    default: return nil
    }
  }

  /// A decision that is all that is left of a header.
  fileprivate init?(b3Value start: HeaderReader) {
    var reader = start
    guard let decision = reader.next.flatMap(SamplingDecision.init(b3Flag:)) else { return nil }
    reader.advance()
    guard reader.isAtEnd() else { return nil }
    self = decision
  }
}
