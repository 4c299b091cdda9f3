import SpoorContext
import Testing

/// What comes in, what it is read as, and what a span below it sends on: ZIPKIN.md, "Propagation", rule by rule.
@Suite("A service in the middle")
struct PropagationRuleTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    let reason: String
    let incoming: [String: String]
    let extracted: ExtractedContext?
    /// What a child with the span id `child` sends in each format; nothing where the trace starts anew.
    let outgoing: [String: String]
    var testDescription: String { reason }
  }

  static let trace = "463ac35c9f6413ad48485a3953bb6124"
  static let short = "48485a3953bb6124"
  static let padded = "000000000000000048485a3953bb6124"
  static let span = "a2fb4a1d1a96d312"
  static let parent = "0020000000000001"
  static let child = "00000000000000cc"
  static let zeros = "0000000000000000"

  static func members(_ count: Int) -> String { (1...count).map { "bar\($0)=1" }.joined(separator: ",") }

  static func context(
    _ sampling: SamplingDecision, of trace: String = trace, parent: String? = nil, state: String? = nil
  ) -> ExtractedContext? {
    guard let traceID = TraceID(trace), let spanID = SpanID(span) else { return nil }
    return .context(
      TraceContext(
        traceID: traceID, spanID: spanID, parentSpanID: parent.flatMap(SpanID.init), sampling: sampling,
        traceState: state.flatMap(TraceState.init(header:))))
  }

  /// What a child sends on in all formats.
  static func sends(_ trace: String = trace, b3 flag: String?, w3c flags: String, state: String? = nil)
    -> [String: String]
  {
    var headers = [
      "b3": "\(trace)-\(child)" + (flag.map { "-\($0)-\(span)" } ?? ""),
      "X-B3-TraceId": trace, "X-B3-SpanId": child, "X-B3-ParentSpanId": span,
      "traceparent": "00-\(trace.count == 16 ? "0000000000000000" + trace : trace)-\(child)-\(flags)",
    ]
    headers["X-B3-Sampled"] = flag == "d" ? nil : flag
    headers["X-B3-Flags"] = flag == "d" ? "1" : nil
    headers["tracestate"] = state
    return headers
  }

  static let b3Single = [
    Rule(
      reason: "b3 with flag 1 is sampled", incoming: ["b3": "\(trace)-\(span)-1"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "b3 with flag 0 is not sampled", incoming: ["b3": "\(trace)-\(span)-0"],
      extracted: context(.notSampled), outgoing: sends(b3: "0", w3c: "00")),
    Rule(
      reason: "b3 with flag d is debug, and debug is sampled", incoming: ["b3": "\(trace)-\(span)-d"],
      extracted: context(.debug), outgoing: sends(b3: "d", w3c: "01")),
    Rule(
      reason: "b3 without a flag is undecided, not unsampled, and goes on without one",
      incoming: ["b3": "\(trace)-\(span)"],
      extracted: context(.undecided), outgoing: sends(b3: nil, w3c: "00")),
    Rule(
      reason: "b3 may name the parent", incoming: ["b3": "\(trace)-\(span)-1-\(parent)"],
      extracted: context(.sampled, parent: parent), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "b3 from Brave names a parent without a flag", incoming: ["b3": "\(trace)-\(span)-\(parent)"],
      extracted: context(.undecided, parent: parent), outgoing: sends(b3: nil, w3c: "00")),
    Rule(
      reason: "a 64-bit id in b3 stays 64 bits wide, and is padded for W3C", incoming: ["b3": "\(short)-\(span)-1"],
      extracted: context(.sampled, of: short), outgoing: sends(short, b3: "1", w3c: "01")),
    Rule(
      reason: "blanks around b3 are passed over", incoming: ["b3": " \t\(trace)-\(span)-1 \t"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "the header's name is found in any case", incoming: ["B3": "\(trace)-\(span)-1"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "an invalid b3 leaves the word to X-B3",
      incoming: ["b3": "\(trace)-\(span)-9", "X-B3-TraceId": short, "X-B3-SpanId": span],
      extracted: context(.undecided, of: short), outgoing: sends(short, b3: nil, w3c: "00")),
    Rule(
      reason: "an invalid b3 alone starts a new trace", incoming: ["b3": "\(trace)-\(span)-9"], extracted: nil,
      outgoing: [:]),
  ]

  static let b3Multi = [
    Rule(
      reason: "X-B3 with Sampled 1 is sampled",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "1"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "X-B3 with Sampled 0 is not sampled",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "0"],
      extracted: context(.notSampled), outgoing: sends(b3: "0", w3c: "00")),
    Rule(
      reason: "old senders say true",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "true"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "old senders say false, in any case",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "False"],
      extracted: context(.notSampled), outgoing: sends(b3: "0", w3c: "00")),
    Rule(
      reason: "X-B3-Flags 1 is debug", incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Flags": "1"],
      extracted: context(.debug), outgoing: sends(b3: "d", w3c: "01")),
    Rule(
      reason: "X-B3-Flags 1 is stronger than Sampled 0",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Flags": "1", "X-B3-Sampled": "0"],
      extracted: context(.debug), outgoing: sends(b3: "d", w3c: "01")),
    Rule(
      reason: "X-B3-Flags 0 says nothing",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Flags": "0"],
      extracted: context(.undecided), outgoing: sends(b3: nil, w3c: "00")),
    Rule(
      reason: "X-B3 without a flag is undecided", incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span],
      extracted: context(.undecided), outgoing: sends(b3: nil, w3c: "00")),
    Rule(
      reason: "X-B3 may name the parent",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-ParentSpanId": parent, "X-B3-Sampled": "1"],
      extracted: context(.sampled, parent: parent), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "a 64-bit id in X-B3 stays 64 bits wide",
      incoming: ["X-B3-TraceId": short, "X-B3-SpanId": span, "X-B3-Sampled": "1"],
      extracted: context(.sampled, of: short), outgoing: sends(short, b3: "1", w3c: "01")),
    Rule(
      reason: "X-B3 in lower case, as messages have it",
      incoming: ["x-b3-traceid": trace, "x-b3-spanid": span, "x-b3-sampled": "1"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "a header that is sent empty is a header that is not sent",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-ParentSpanId": "", "X-B3-Sampled": " "],
      extracted: context(.undecided), outgoing: sends(b3: nil, w3c: "00")),
    Rule(
      reason: "a trace id without a span id is half a context, and its flag does not count either",
      incoming: ["X-B3-TraceId": trace, "X-B3-Sampled": "1"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "a span id without a trace id is half a context, and its flag does not count either",
      incoming: ["X-B3-SpanId": span, "X-B3-Sampled": "1"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "an invalid trace id spoils the flag beside it",
      incoming: ["X-B3-TraceId": "x", "X-B3-SpanId": span, "X-B3-Sampled": "0"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "an invalid flag spoils the ids beside it",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "yes"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "an invalid parent spoils the ids beside it",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-ParentSpanId": "0"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "the debug flag is no value of X-B3-Sampled",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "d"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "a header that came twice is joined by a comma and invalid",
      incoming: ["X-B3-TraceId": "\(trace), \(trace)", "X-B3-SpanId": span], extracted: nil, outgoing: [:]),
  ]

  static let w3c = [
    Rule(
      reason: "traceparent with flag 01 is sampled", incoming: ["traceparent": "00-\(trace)-\(span)-01"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "traceparent with flag 00 is not sampled", incoming: ["traceparent": "00-\(trace)-\(span)-00"],
      extracted: context(.notSampled), outgoing: sends(b3: "0", w3c: "00")),
    Rule(
      reason: "flags that nobody knows yet are not passed on", incoming: ["traceparent": "00-\(trace)-\(span)-f9"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "a higher version is read by its prefix and goes on as version 00",
      incoming: ["traceparent": "cc-\(trace)-\(span)-01-more"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "a padded 64-bit id is 64 bits wide again in B3", incoming: ["traceparent": "00-\(padded)-\(span)-01"],
      extracted: context(.sampled, of: short), outgoing: sends(short, b3: "1", w3c: "01")),
    Rule(
      reason: "tracestate goes on, unknown members in their order",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1, congo=t61rcWkgMzE"],
      extracted: context(.sampled, state: "rojo=1,congo=t61rcWkgMzE"),
      outgoing: sends(b3: "1", w3c: "01", state: "rojo=1,congo=t61rcWkgMzE")),
    Rule(
      reason: "an invalid tracestate is dropped, and traceparent is used without it",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1,Congo=2"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "tracestate without traceparent means nothing", incoming: ["tracestate": "rojo=1"], extracted: nil,
      outgoing: [:]),
    Rule(
      reason: "tracestate beside an invalid traceparent means nothing",
      incoming: ["traceparent": "00-\(trace)-\(span)-1", "tracestate": "rojo=1"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "32 members of tracestate go on",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": members(32)],
      extracted: context(.sampled, state: members(32)), outgoing: sends(b3: "1", w3c: "01", state: members(32))),
    Rule(
      reason: "33 members of tracestate are none",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": members(33)],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "several tracestate headers are one, in their order, empty ones left out",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1,,congo=2, ,azul=3"],
      extracted: context(.sampled, state: "rojo=1,congo=2,azul=3"),
      outgoing: sends(b3: "1", w3c: "01", state: "rojo=1,congo=2,azul=3")),
    Rule(
      reason: "a trace id of zeros is none",
      incoming: ["traceparent": "00-\(zeros)\(zeros)-\(span)-01", "tracestate": "rojo=1"], extracted: nil,
      outgoing: [:]),
    Rule(
      reason: "a span id of zeros is none",
      incoming: ["traceparent": "00-\(trace)-\(zeros)-01", "tracestate": "rojo=1"],
      extracted: nil, outgoing: [:]),
    Rule(
      reason: "upper case is invalid", incoming: ["traceparent": "00-\(trace.uppercased())-\(span)-01"],
      extracted: nil, outgoing: [:]),
    Rule(
      reason: "version ff is invalid", incoming: ["traceparent": "ff-\(trace)-\(span)-01"], extracted: nil,
      outgoing: [:]),
    Rule(
      reason: "version 00 with more behind it is invalid", incoming: ["traceparent": "00-\(trace)-\(span)-01-more"],
      extracted: nil, outgoing: [:]),
    Rule(
      reason: "traceparent that came twice is joined by a comma and invalid",
      incoming: ["traceparent": "00-\(trace)-\(span)-01, 00-\(trace)-\(span)-01"], extracted: nil, outgoing: [:]),
  ]

  static let together = [
    Rule(
      reason: "b3 goes before X-B3",
      incoming: ["b3": "\(trace)-\(span)-0", "X-B3-TraceId": short, "X-B3-SpanId": span, "X-B3-Sampled": "1"],
      extracted: context(.notSampled), outgoing: sends(b3: "0", w3c: "00")),
    Rule(
      reason: "X-B3 goes before traceparent",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "X-B3-TraceId": short, "X-B3-SpanId": span],
      extracted: context(.undecided, of: short), outgoing: sends(short, b3: nil, w3c: "00")),
    Rule(
      reason: "an undecided b3 stays undecided beside a traceparent that cannot say so",
      incoming: ["b3": "\(trace)-\(span)", "traceparent": "00-\(trace)-\(span)-00"],
      extracted: context(.undecided), outgoing: sends(b3: nil, w3c: "00")),
    Rule(
      reason: "tracestate belongs to the trace, also where b3 names it",
      incoming: ["b3": "\(trace)-\(span)-1", "traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1"],
      extracted: context(.sampled, state: "rojo=1"), outgoing: sends(b3: "1", w3c: "01", state: "rojo=1")),
    Rule(
      reason: "tracestate of a padded 64-bit id belongs to the same trace in b3",
      incoming: ["b3": "\(short)-\(span)-1", "traceparent": "00-\(padded)-\(span)-01", "tracestate": "rojo=1"],
      extracted: context(.sampled, of: short, state: "rojo=1"),
      outgoing: sends(short, b3: "1", w3c: "01", state: "rojo=1")),
    Rule(
      reason: "tracestate of another trace stays behind",
      incoming: ["b3": "\(short)-\(span)-1", "traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1"],
      extracted: context(.sampled, of: short), outgoing: sends(short, b3: "1", w3c: "01")),
    Rule(
      reason: "an invalid b3 leaves the word to traceparent",
      incoming: ["b3": "\(trace)-\(span)-", "traceparent": "00-\(short)\(short)-\(span)-01"],
      extracted: context(.sampled, of: short + short), outgoing: sends(short + short, b3: "1", w3c: "01")),
    Rule(reason: "no header, no context", incoming: ["accept": "*/*"], extracted: nil, outgoing: [:]),
  ]

  static let everyFormat = TracePropagator(formats: [.b3, .b3multi, .tracecontext])

  @Test("reads and sends on", arguments: b3Single + b3Multi + w3c + together)
  func passesOn(rule: Rule) throws {
    let extracted = Self.everyFormat.extract(from: rule.incoming)
    #expect(extracted == rule.extracted)
    guard case .context(let caller)? = extracted else { return }
    let child = TraceContext(
      traceID: caller.traceID, spanID: try #require(SpanID(Self.child)), parentSpanID: caller.spanID,
      sampling: caller.sampling, traceState: caller.traceState, hasRandomTraceID: caller.hasRandomTraceID)
    #expect(Self.everyFormat.headers(for: child) == rule.outgoing)
  }

  static let decisions: [Rule] = [
    Rule(
      reason: "b3 0 alone says do not sample", incoming: ["b3": "0"], extracted: .samplingOnly(.notSampled),
      outgoing: ["b3": "0", "X-B3-Sampled": "0"]),
    Rule(
      reason: "b3 1 alone says sample", incoming: ["b3": "1"], extracted: .samplingOnly(.sampled),
      outgoing: ["b3": "1", "X-B3-Sampled": "1"]),
    Rule(
      reason: "b3 d alone says debug", incoming: ["b3": "d"], extracted: .samplingOnly(.debug),
      outgoing: ["b3": "d", "X-B3-Flags": "1"]),
    Rule(
      reason: "blanks around a decision are passed over", incoming: ["b3": " 0\t"],
      extracted: .samplingOnly(.notSampled),
      outgoing: ["b3": "0", "X-B3-Sampled": "0"]),
    Rule(
      reason: "X-B3-Sampled alone says do not sample", incoming: ["X-B3-Sampled": "0"],
      extracted: .samplingOnly(.notSampled), outgoing: ["b3": "0", "X-B3-Sampled": "0"]),
    Rule(
      reason: "X-B3-Sampled true alone says sample", incoming: ["X-B3-Sampled": "true"],
      extracted: .samplingOnly(.sampled), outgoing: ["b3": "1", "X-B3-Sampled": "1"]),
    Rule(
      reason: "X-B3-Flags alone says debug", incoming: ["X-B3-Flags": "1"], extracted: .samplingOnly(.debug),
      outgoing: ["b3": "d", "X-B3-Flags": "1"]),
    Rule(
      reason: "a decision in b3 goes before a traceparent",
      incoming: ["b3": "0", "traceparent": "00-\(trace)-\(span)-01"], extracted: .samplingOnly(.notSampled),
      outgoing: ["b3": "0", "X-B3-Sampled": "0"]),
    Rule(reason: "X-B3-Flags 0 alone says nothing", incoming: ["X-B3-Flags": "0"], extracted: nil, outgoing: [:]),
  ]

  @Test("takes a decision without ids, and can send it on", arguments: decisions)
  func decision(rule: Rule) {
    let extracted = Self.everyFormat.extract(from: rule.incoming)
    #expect(extracted == rule.extracted)
    var headers: [String: String] = [:]
    if let extracted { Self.everyFormat.inject(extracted, into: &headers, using: HeaderDictionary()) }
    #expect(headers == rule.outgoing)
  }
}
