// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing
import Tracing

/// Spoor's member of `tracestate`: what `traceparent` cannot express.
@Suite("Spoor's member of tracestate")
struct SpoorTraceStateTests {
  static let trace = "463ac35c9f6413ad48485a3953bb6124"
  static let span = "a2fb4a1d1a96d312"
  static let other = "00000000000000cc"
  static let propagator = TracePropagator(formats: [.tracecontext], writesTraceState: true)

  @Test(
    "is written first, and holds what traceparent cannot express",
    arguments: [
      (.sampled, nil, "spoor=p:\(span)"), (.notSampled, nil, "spoor=p:\(span)"),
      (.debug, nil, "spoor=p:\(span);s:d"), (.undecided, nil, "spoor=p:\(span);s:u"),
      (.sampled, "rojo=1,congo=2", "spoor=p:\(span),rojo=1,congo=2"),
      (.debug, "rojo=1,spoor=p:00000000000000aa", "spoor=p:\(span);s:d,rojo=1"),
    ] as [(SamplingDecision, String?, String)])
  func written(decision: SamplingDecision, state: String?, expected: String) throws {
    let context = TraceContext(
      traceID: try #require(TraceID(Self.trace)), spanID: try #require(SpanID(Self.span)), sampling: decision,
      traceState: state.flatMap(TraceState.init(header:)))
    let headers = Self.propagator.headers(for: context)
    #expect(headers["tracestate"] == expected)
    #expect(Self.propagator.extract(from: headers)?.sampling == decision)
  }

  @Test("evicts the last of 32 members")
  func thirtyTwo() throws {
    let members = (1...32).map { "k\($0)=\($0)" }.joined(separator: ",")
    let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01", tracestate: members))
    let written = try #require(Self.propagator.headers(for: context)["tracestate"].flatMap(TraceState.init(header:)))
    #expect(written.members.count == 32 && written["k1"] == "1" && written["k32"] == nil)
  }

  @Test(
    "is trusted no further than traceparent allows",
    arguments: [
      ("01", "p:\(span);s:d", .debug), ("00", "p:\(span);s:d", .notSampled), ("00", "p:\(span);s:u", .undecided),
      ("01", "p:\(span);s:u", .sampled), ("00", "p:\(other);s:u", .notSampled), ("01", "p:\(other);s:d", .debug),
      ("01", "nonsense", .sampled), ("01", "p:short;s:d", .sampled), ("01", "p:\(span);x:1;s:d", .sampled),
    ] as [(String, String, SamplingDecision)])
  func read(flags: String, value: String, expected: SamplingDecision) {
    let headers = ["traceparent": "00-\(Self.trace)-\(Self.span)-\(flags)", "tracestate": "spoor=\(value)"]
    #expect(Self.propagator.extract(from: headers)?.sampling == expected)
  }

  @Test("is written only if enabled")
  func unwanted() throws {
    let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01"))
    #expect(TracePropagator(formats: [.tracecontext]).headers(for: context)["tracestate"] == nil)
  }
}

/// A trace in one text, such as a column or a property.
@Suite("One text")
struct CarrierTextTests {
  static let b3 = "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1"

  @Test("is a b3 value if that is sufficient")
  func b3Alone() throws {
    let context = try #require(TraceContext(b3: Self.b3))
    for formats: [PropagationFormat] in [[.b3], [.tracecontext], [.b3multi, .baggage]] {
      #expect(TracePropagator(formats: formats).text(for: context) == Self.b3)
    }
    #expect(TracePropagator(formats: []).text(for: context) == nil)
  }

  @Test("also holds tracestate and baggage with any characters")
  func everything() throws {
    var context = try #require(TraceContext(b3: Self.b3))
    context.traceState = TraceState(header: "rojo=a b&c%,congo=é".replacing("é", with: "e"))
    var baggage = Baggage()
    try baggage.set("Zoë & co; 100%=1", forKey: "user")
    let propagator = TracePropagator()
    let text = try #require(propagator.text(for: context, baggage: baggage))
    #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    let headers = propagator.headers(inText: text)
    #expect(propagator.extract(from: headers) == .context(context))
    #expect(propagator.extractBaggage(from: headers, using: HeaderDictionary()) == baggage)
  }

  @Test(
    "can be read if another program wrote it",
    arguments: [
      (b3, b3), ("00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01", b3), (" \(b3)\t", b3), ("", nil),
      ("nonsense", nil), ("b3=\(b3)", b3), ("x&&=1&b3=\(b3)&b3", b3), ("traceparent=zz", nil),
    ] as [(String, String?)])
  func read(text: String, expected: String?) {
    let propagator = TracePropagator()
    #expect(propagator.extract(from: propagator.headers(inText: text))?.traceContext?.b3 == expected)
  }

  @Test("may hold a decision alone")
  func decision() {
    #expect(TracePropagator().extract(from: TracePropagator().headers(inText: "0")) == .samplingOnly(.notSampled))
  }
}
