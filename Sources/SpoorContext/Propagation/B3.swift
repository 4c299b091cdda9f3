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
    guard let extracted = HeaderReader.read(value, trimsBlanks: true, { ExtractedContext(b3: &$0) }) else { return nil }
    self = extracted
  }

  private init?(b3 reader: inout HeaderReader) {
    if let decision = reader.b3Decision() {
      self = .samplingOnly(decision)
      return
    }
    guard
      let traceID = reader.traceID(), reader.take(UInt8(ascii: "-")), let spanID = reader.spanID()
    else { return nil }
    var decision: SamplingDecision?
    var parent: SpanID?
    if reader.take(UInt8(ascii: "-")) {
      decision = reader.b3Decision()
      if decision == nil || reader.take(UInt8(ascii: "-")) {
        parent = reader.spanID()
        if parent == nil { return nil }
      }
    }
    self = .context(
      TraceContext(traceID: traceID, spanID: spanID, parentSpanID: parent, sampling: decision ?? .undecided))
  }
}

extension TraceContext {
  /// Reads what ``b3`` wrote, or any other `b3` header with ids. `nil` for anything else, a decision without ids too.
  public init?(b3 value: String) {
    guard case .context(let context)? = ExtractedContext(b3: value) else { return nil }
    self = context
  }
}

extension HeaderReader {
  /// A decision, if a hyphen or the end follows it; otherwise nothing is read.
  fileprivate mutating func b3Decision() -> SamplingDecision? {
    guard let decision = next.flatMap(SamplingDecision.init(b3Flag:)) else { return nil }
    var ahead = self
    ahead.advance()
    guard ahead.isAtEnd || ahead.next == UInt8(ascii: "-") else { return nil }
    self = ahead
    return decision
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
}
