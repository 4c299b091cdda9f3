// SPDX-License-Identifier: Apache-2.0

// B3, as openzipkin/b3-propagation describes it and Brave reads it.

extension TraceContext {
  /// The context as the value of a `b3` header: `TRACE-SPAN`, then `-1`, `-0` or `-d` if a sampling decision has been
  /// made, then the parent if there is one.
  ///
  /// An undecided context omits the parent, because readers take the third part for the decision.
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
  /// Ids with or without a decision are valid, as are a decision alone and (as in Brave) ids with a parent but no
  /// decision. Ids are lower case. Senders may omit leading zeros, so a trace's id has 1 to 32 digits and a span's 1 to
  /// 16. A header that was sent twice with the same value counts once.
  public init?(b3 value: String) {
    guard
      let extracted = HeaderReader.read(
        value, trimsBlanks: true, acceptsRepeats: true, { ExtractedContext(b3: &$0) })
    else { return nil }
    self = extracted
  }

  private init?(b3 reader: inout HeaderReader) {
    if let decision = reader.b3Decision(mayGoOn: false) {
      self = .samplingOnly(decision)
      return
    }
    guard
      let traceID = reader.unpaddedTraceID(), reader.take(UInt8(ascii: "-")), let spanID = reader.unpaddedSpanID()
    else { return nil }
    var decision: SamplingDecision?
    var parent: SpanID?
    if reader.take(UInt8(ascii: "-")) {
      decision = reader.b3Decision(mayGoOn: true)
      if decision == nil {
        // In the place of a decision, only a whole id is taken for one.
        parent = reader.spanID()
        if parent == nil { return nil }
      } else if reader.take(UInt8(ascii: "-")) {
        parent = reader.unpaddedSpanID()
        if parent == nil { return nil }
      }
    }
    self = .context(
      TraceContext(traceID: traceID, spanID: spanID, parentSpanID: parent, sampling: decision ?? .undecided))
  }
}

extension TraceContext {
  /// Reads the value of ``b3`` or any other `b3` header with ids. `nil` for anything else, including a decision without
  /// ids.
  public init?(b3 value: String) {
    guard case .context(let context)? = ExtractedContext(b3: value) else { return nil }
    self = context
  }
}

extension HeaderReader {
  /// Reads a decision if the end follows it or, where it may go on, a hyphen; otherwise reads nothing.
  fileprivate mutating func b3Decision(mayGoOn: Bool) -> SamplingDecision? {
    guard let decision = next.flatMap(SamplingDecision.init(b3Flag:)) else { return nil }
    var ahead = self
    ahead.advance()
    guard ahead.isAtEnd || (mayGoOn && ahead.next == UInt8(ascii: "-")) else { return nil }
    self = ahead
    return decision
  }
}

extension SamplingDecision {
  /// `0`, `1` or `d`; `nil` if no decision has been made.
  var b3Flag: UInt8? {
    switch self {
    case .undecided: nil
    case .notSampled: UInt8(ascii: "0")
    case .sampled: UInt8(ascii: "1")
    case .debug: UInt8(ascii: "d")
    }
  }

  /// The decision as the value of a header.
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
