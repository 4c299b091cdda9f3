// SPDX-License-Identifier: Apache-2.0

// The tracing header of AWS X-Ray, which Lambda has in `_X_AMZN_TRACE_ID`:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

extension TraceContext {
  /// The context as the value of an `X-Amzn-Trace-Id` header: `Root=1-8HEX-24HEX;Parent=16HEX;Sampled=1`.
  ///
  /// X-Ray's trace id begins with a time, but ids of 128 random bits are accepted as well. A context without a decision
  /// is written as `Sampled=?`.
  public var xray: String {
    let id = ASCIIWriter.string(capacity: 32) { $0.appendPadded(traceID) }
    let sampled = sampling == .undecided ? "?" : sampling.isSampled ? "1" : "0"
    return "Root=1-\(id.prefix(8))-\(id.dropFirst(8));Parent=\(spanID);Sampled=\(sampled)"
  }

  /// Reads the value of an `X-Amzn-Trace-Id` header.
  ///
  /// The parts may come in any order, and unknown ones (`Self`, `Lineage`) are ignored. `nil` if `Root` or `Parent` is
  /// missing or invalid: a load balancer sends `Root` alone, without a span to continue. `Sampled=?` and no `Sampled`
  /// mean that no decision has been made.
  public init?(xray value: String) {
    guard value.utf8.count <= HeaderReader.longestText else { return nil }
    var root: TraceID?
    var parent: SpanID?
    var sampling = SamplingDecision.undecided
    for part in value.split(separator: ";") {
      let part = String(part).trimmingBlanks()
      guard let equals = part.firstIndex(of: "=") else { return nil }
      let text = String(part[part.index(after: equals)...])
      switch part[..<equals] {
      case "Root":
        root = Self.xrayRoot(text)
        guard root != nil else { return nil }
      case "Parent":
        parent = HeaderReader.read(text, trimsBlanks: false) { $0.spanID() }
        guard parent != nil else { return nil }
      case "Sampled":
        switch text {
        case "1": sampling = .sampled
        case "0": sampling = .notSampled
        case "?": sampling = .undecided
        default: return nil
        }
      default: break
      }
    }
    guard let root, let parent else { return nil }
    self.init(traceID: root, spanID: parent, sampling: sampling)
  }

  /// Reads `1-8HEX-24HEX`.
  private static func xrayRoot(_ text: String) -> TraceID? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "1", parts[1].utf8.count == 8, parts[2].utf8.count == 24 else { return nil }
    return HeaderReader.read(String(parts[1] + parts[2]), trimsBlanks: false) { $0.paddedTraceID() }
  }
}
