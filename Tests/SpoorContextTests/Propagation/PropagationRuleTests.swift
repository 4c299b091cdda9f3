// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing

/// Received headers, their meaning, and the headers of a child span: docs/ZIPKIN.md, "Propagation", rule by rule.
@Suite("A service in the middle")
struct PropagationRuleTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    let reason: String
    let incoming: [String: String]
    let extracted: ExtractedContext?
    /// The headers of a child with the span id `child` in each format; empty if a new trace starts.
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

  /// The headers of a child in all formats.
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
      reason: "b3 without a flag is undecided, not unsampled, and is sent without a flag",
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
      reason: "blanks around b3 are ignored", incoming: ["b3": " \t\(trace)-\(span)-1 \t"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "the header's name is case-insensitive", incoming: ["B3": "\(trace)-\(span)-1"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "after an invalid b3, X-B3 is read",
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
      reason: "old senders write true",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "true"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "old senders write false, in any case",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "False"],
      extracted: context(.notSampled), outgoing: sends(b3: "0", w3c: "00")),
    Rule(
      reason: "X-B3-Flags 1 is debug", incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Flags": "1"],
      extracted: context(.debug), outgoing: sends(b3: "d", w3c: "01")),
    Rule(
      reason: "X-B3-Flags 1 overrides Sampled 0",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Flags": "1", "X-B3-Sampled": "0"],
      extracted: context(.debug), outgoing: sends(b3: "d", w3c: "01")),
    Rule(
      reason: "X-B3-Flags 0 has no effect",
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
      reason: "X-B3 in lower case, as in messages",
      incoming: ["x-b3-traceid": trace, "x-b3-spanid": span, "x-b3-sampled": "1"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "an empty header counts as absent",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-ParentSpanId": "", "X-B3-Sampled": " "],
      extracted: context(.undecided), outgoing: sends(b3: nil, w3c: "00")),
    Rule(
      reason: "a trace id without a span id is incomplete, and its flag is ignored",
      incoming: ["X-B3-TraceId": trace, "X-B3-Sampled": "1"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "a span id without a trace id is incomplete, and its flag is ignored",
      incoming: ["X-B3-SpanId": span, "X-B3-Sampled": "1"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "an invalid trace id also drops the flag",
      incoming: ["X-B3-TraceId": "x", "X-B3-SpanId": span, "X-B3-Sampled": "0"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "an invalid flag also drops the ids",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "yes"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "an invalid parent also drops the ids",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-ParentSpanId": "0"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "the debug flag is not a value of X-B3-Sampled",
      incoming: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "d"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "a header that was sent twice with the same value counts once",
      incoming: ["X-B3-TraceId": "\(trace), \(trace)", "X-B3-SpanId": "\(span),\(span)", "X-B3-Sampled": "1, 1"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "a header that was sent twice with different values is invalid",
      incoming: ["X-B3-TraceId": "\(trace), \(short)", "X-B3-SpanId": span], extracted: nil, outgoing: [:]),
  ]

  static let w3c = [
    Rule(
      reason: "traceparent with flag 01 is sampled", incoming: ["traceparent": "00-\(trace)-\(span)-01"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "traceparent with flag 00 is not sampled", incoming: ["traceparent": "00-\(trace)-\(span)-00"],
      extracted: context(.notSampled), outgoing: sends(b3: "0", w3c: "00")),
    Rule(
      reason: "unknown flags are not passed on", incoming: ["traceparent": "00-\(trace)-\(span)-f9"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "a higher version is read by its prefix and sent as version 00",
      incoming: ["traceparent": "cc-\(trace)-\(span)-01-more"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "a padded 64-bit id is 64 bits wide again in B3", incoming: ["traceparent": "00-\(padded)-\(span)-01"],
      extracted: context(.sampled, of: short), outgoing: sends(short, b3: "1", w3c: "01")),
    Rule(
      reason: "tracestate is passed on with unknown members in their order",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1, congo=t61rcWkgMzE"],
      extracted: context(.sampled, state: "rojo=1,congo=t61rcWkgMzE"),
      outgoing: sends(b3: "1", w3c: "01", state: "rojo=1,congo=t61rcWkgMzE")),
    Rule(
      reason: "an invalid tracestate is dropped, and traceparent is used without it",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1,Congo=2"],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "tracestate without traceparent is ignored", incoming: ["tracestate": "rojo=1"], extracted: nil,
      outgoing: [:]),
    Rule(
      reason: "tracestate beside an invalid traceparent is ignored",
      incoming: ["traceparent": "00-\(trace)-\(span)-1", "tracestate": "rojo=1"], extracted: nil, outgoing: [:]),
    Rule(
      reason: "32 members of tracestate are passed on",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": members(32)],
      extracted: context(.sampled, state: members(32)), outgoing: sends(b3: "1", w3c: "01", state: members(32))),
    Rule(
      reason: "33 members of tracestate are dropped",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": members(33)],
      extracted: context(.sampled), outgoing: sends(b3: "1", w3c: "01")),
    Rule(
      reason: "several tracestate headers are joined in their order, without empty ones",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1,,congo=2, ,azul=3"],
      extracted: context(.sampled, state: "rojo=1,congo=2,azul=3"),
      outgoing: sends(b3: "1", w3c: "01", state: "rojo=1,congo=2,azul=3")),
    Rule(
      reason: "a trace id of zeros is invalid",
      incoming: ["traceparent": "00-\(zeros)\(zeros)-\(span)-01", "tracestate": "rojo=1"], extracted: nil,
      outgoing: [:]),
    Rule(
      reason: "a span id of zeros is invalid",
      incoming: ["traceparent": "00-\(trace)-\(zeros)-01", "tracestate": "rojo=1"],
      extracted: nil, outgoing: [:]),
    Rule(
      reason: "upper case is invalid", incoming: ["traceparent": "00-\(trace.uppercased())-\(span)-01"],
      extracted: nil, outgoing: [:]),
    Rule(
      reason: "version ff is invalid", incoming: ["traceparent": "ff-\(trace)-\(span)-01"], extracted: nil,
      outgoing: [:]),
    Rule(
      reason: "version 00 with more fields is invalid", incoming: ["traceparent": "00-\(trace)-\(span)-01-more"],
      extracted: nil, outgoing: [:]),
    Rule(
      reason: "a repeated traceparent is joined by a comma and invalid",
      incoming: ["traceparent": "00-\(trace)-\(span)-01, 00-\(trace)-\(span)-01"], extracted: nil, outgoing: [:]),
  ]

  static let together = [
    Rule(
      reason: "b3 goes before X-B3",
      incoming: ["b3": "\(trace)-\(span)-0", "X-B3-TraceId": short, "X-B3-SpanId": span, "X-B3-Sampled": "1"],
      extracted: context(.notSampled), outgoing: sends(b3: "0", w3c: "00")),
    Rule(
      reason: "X-B3 takes precedence over traceparent",
      incoming: ["traceparent": "00-\(trace)-\(span)-01", "X-B3-TraceId": short, "X-B3-SpanId": span],
      extracted: context(.undecided, of: short), outgoing: sends(short, b3: nil, w3c: "00")),
    Rule(
      reason: "an undecided b3 stays undecided beside a traceparent, which cannot express that",
      incoming: ["b3": "\(trace)-\(span)", "traceparent": "00-\(trace)-\(span)-00"],
      extracted: context(.undecided), outgoing: sends(b3: nil, w3c: "00")),
    Rule(
      reason: "tracestate belongs to the trace even if b3 carries it",
      incoming: ["b3": "\(trace)-\(span)-1", "traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1"],
      extracted: context(.sampled, state: "rojo=1"), outgoing: sends(b3: "1", w3c: "01", state: "rojo=1")),
    Rule(
      reason: "tracestate of a padded 64-bit id belongs to the same trace in b3",
      incoming: ["b3": "\(short)-\(span)-1", "traceparent": "00-\(padded)-\(span)-01", "tracestate": "rojo=1"],
      extracted: context(.sampled, of: short, state: "rojo=1"),
      outgoing: sends(short, b3: "1", w3c: "01", state: "rojo=1")),
    Rule(
      reason: "tracestate of another trace is dropped",
      incoming: ["b3": "\(short)-\(span)-1", "traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1"],
      extracted: context(.sampled, of: short), outgoing: sends(short, b3: "1", w3c: "01")),
    Rule(
      reason: "after an invalid b3, traceparent is read",
      incoming: ["b3": "\(trace)-\(span)-", "traceparent": "00-\(short)\(short)-\(span)-01"],
      extracted: context(.sampled, of: short + short), outgoing: sends(short + short, b3: "1", w3c: "01")),
    Rule(reason: "no header, no context", incoming: ["accept": "*/*"], extracted: nil, outgoing: [:]),
  ]

  static let everyFormat = TracePropagator(formats: [.b3, .b3multi, .tracecontext])

  @Test("reads headers and sends them on", arguments: b3Single + b3Multi + w3c + together)
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
      reason: "b3 0 alone means do not sample", incoming: ["b3": "0"], extracted: .samplingOnly(.notSampled),
      outgoing: ["b3": "0", "X-B3-Sampled": "0"]),
    Rule(
      reason: "b3 1 alone means sample", incoming: ["b3": "1"], extracted: .samplingOnly(.sampled),
      outgoing: ["b3": "1", "X-B3-Sampled": "1"]),
    Rule(
      reason: "b3 d alone means debug", incoming: ["b3": "d"], extracted: .samplingOnly(.debug),
      outgoing: ["b3": "d", "X-B3-Flags": "1"]),
    Rule(
      reason: "blanks around a decision are ignored", incoming: ["b3": " 0\t"],
      extracted: .samplingOnly(.notSampled),
      outgoing: ["b3": "0", "X-B3-Sampled": "0"]),
    Rule(
      reason: "X-B3-Sampled 0 alone means do not sample", incoming: ["X-B3-Sampled": "0"],
      extracted: .samplingOnly(.notSampled), outgoing: ["b3": "0", "X-B3-Sampled": "0"]),
    Rule(
      reason: "X-B3-Sampled true alone means sample", incoming: ["X-B3-Sampled": "true"],
      extracted: .samplingOnly(.sampled), outgoing: ["b3": "1", "X-B3-Sampled": "1"]),
    Rule(
      reason: "X-B3-Flags alone means debug", incoming: ["X-B3-Flags": "1"], extracted: .samplingOnly(.debug),
      outgoing: ["b3": "d", "X-B3-Flags": "1"]),
    Rule(
      reason: "a decision in b3 takes precedence over a traceparent",
      incoming: ["b3": "0", "traceparent": "00-\(trace)-\(span)-01"], extracted: .samplingOnly(.notSampled),
      outgoing: ["b3": "0", "X-B3-Sampled": "0"]),
    Rule(reason: "X-B3-Flags 0 alone has no effect", incoming: ["X-B3-Flags": "0"], extracted: nil, outgoing: [:]),
  ]

  @Test("accepts a decision without ids, and can send it on", arguments: decisions)
  func decision(rule: Rule) {
    let extracted = Self.everyFormat.extract(from: rule.incoming)
    #expect(extracted == rule.extracted)
    var headers: [String: String] = [:]
    if let extracted { Self.everyFormat.inject(extracted, into: &headers, using: HeaderDictionary()) }
    #expect(headers == rule.outgoing)
  }
}
