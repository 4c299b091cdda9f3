// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing
import Tracing

@Suite("A propagator")
struct TracePropagatorTests {
  static let header = "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1-0020000000000001"

  @Test("writes B3's single header and W3C's by default, and baggage if there is any")
  func defaults() throws {
    let context = try #require(TraceContext(b3: Self.header))
    var baggage = Baggage()
    try baggage.set("1", forKey: "user")
    let w3c = "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01"
    #expect(TracePropagator().headers(for: context) == ["b3": Self.header, "traceparent": w3c])
    #expect(
      TracePropagator().headers(for: context, baggage: baggage)
        == ["b3": Self.header, "traceparent": w3c, "baggage": "user=1"])
  }

  @Test(
    "writes the configured formats",
    arguments: [
      ([], []), ([.b3], ["b3"]), ([.b3WithoutParent], ["b3"]), ([.tracecontext], ["traceparent"]), ([.baggage], []),
      ([.b3multi], ["X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-SpanId", "X-B3-TraceId"]),
    ] as [([PropagationFormat], [String])])
  func formats(formats: [PropagationFormat], names: [String]) throws {
    let context = try #require(TraceContext(b3: Self.header))
    #expect(TracePropagator(formats: formats).headers(for: context).keys.sorted() == names)
  }

  @Test("writes no header twice, because some injectors add values")
  func noHeaderTwice() throws {
    let context = try #require(TraceContext(b3: Self.header))
    var headers: [Field] = []
    let propagator = TracePropagator(formats: [.b3WithoutParent, .b3, .b3, .tracecontext, .tracecontext])
    propagator.inject(context, into: &headers, using: AddingInjector())
    #expect(headers.map(\.name) == ["b3", "traceparent"])
    #expect(propagator.formats == [.b3WithoutParent, .tracecontext])
  }

  @Test("reads case-sensitive carriers with the names as B3 and W3C spell them")
  func caseSensitiveCarrier() {
    let carrier = ["X-B3-TraceId": "48485a3953bb6124", "X-B3-SpanId": "a2fb4a1d1a96d312", "X-B3-Sampled": "0"]
    let extracted = TracePropagator().extract(from: carrier, using: ExactExtractor())
    #expect(extracted?.traceContext?.b3 == "48485a3953bb6124-a2fb4a1d1a96d312-0")
    #expect(TracePropagator().extract(from: ["x-b3-flags": "1"], using: ExactExtractor()) == .samplingOnly(.debug))
  }

  @Test("has the names of OTEL_PROPAGATORS")
  func names() {
    #expect(["b3", "b3multi", "tracecontext", "baggage"].compactMap(PropagationFormat.init(rawValue:)).count == 4)
    #expect(PropagationFormat(rawValue: "jaeger") == nil)
  }

  // MARK: - Into a context and out of it

  @Test("puts the result into the context and keeps its other values")
  func intoContext() throws {
    var context = ServiceContext.topLevel
    context[OtherKey.self] = 7
    TracePropagator().extract(from: ["b3": Self.header, "baggage": "user=1"], into: &context)
    #expect(context.remoteTraceContext?.traceContext?.b3 == Self.header)
    #expect(context.baggage?["user"] == "1")
    #expect(context[OtherKey.self] == 7)
  }

  @Test("removes the previous caller's values from a reused context")
  func usedAgain() {
    var context = ServiceContext.topLevel
    TracePropagator().extract(from: ["b3": Self.header], into: &context)
    TracePropagator().extract(from: ["b3": "not valid"], into: &context)
    #expect(context.remoteTraceContext == nil)
    #expect(context.isEmpty)
  }

  @Test("reads no baggage if that format is off, because it would be passed on")
  func baggageOff() {
    var context = ServiceContext.topLevel
    TracePropagator(formats: [.b3]).extract(from: ["b3": "1", "baggage": "user=1"], into: &context)
    #expect(context.baggage == nil)
  }

  @Test("accepts and sends only allowed keys of baggage")
  func allowedKeys() throws {
    let propagator = TracePropagator(formats: [.baggage], baggageKeys: ["user", "tenant"])
    var context = ServiceContext.topLevel
    propagator.extract(from: ["baggage": "secret=1,user=2,tenant=3"], into: &context)
    #expect(context.baggage?.headerValue == "user=2,tenant=3")

    var baggage = try #require(context.baggage)
    try baggage.set("x", forKey: "internal")
    let trace = try #require(TraceContext(b3: Self.header))
    #expect(propagator.headers(for: trace, baggage: baggage) == ["baggage": "user=2,tenant=3"])
    #expect(TracePropagator(formats: [.baggage], baggageKeys: []).headers(for: trace, baggage: baggage) == [:])
  }

  // MARK: - In a message or a row

  @Test("carries a trace through stored headers into another process")
  func storedHeaders() throws {
    let state = TraceState(key: "rojo", value: "1")
    var sent = try #require(TraceContext(b3: Self.header))
    sent.traceState = state
    let stored = TracePropagator().headers(for: sent)
    #expect(TracePropagator().extract(from: stored) == .context(sent))
  }

  @Test("carries a trace through one text, such as a column")
  func oneText() throws {
    let sent = try #require(TraceContext(b3: Self.header))
    #expect(TraceContext(b3: sent.b3) == sent)
  }
}

@Suite("A dictionary of headers")
struct HeaderDictionaryTests {
  @Test("finds names in any case, and prefers an exact match")
  func anyCase() {
    let headers = ["TraceParent": "1", "B3": "2", "b3": "3"]
    #expect(HeaderDictionary().extract(key: "traceparent", from: headers) == "1")
    #expect(HeaderDictionary().extract(key: "b3", from: headers) == "3")
    #expect(HeaderDictionary().extract(key: "trace-parent", from: headers) == nil)
  }

  @Test("distinguishes names that differ in more than the case of ASCII letters")
  func onlyLetters() {
    #expect(HeaderDictionary().extract(key: "x-b3@", from: ["x-b3`": "1", "X\rB3@": "2", "xb3": "3"]) == nil)
  }

  @Test("replaces the value of a name")
  func replaces() {
    var headers = ["b3": "old"]
    HeaderDictionary().inject("new", forKey: "b3", into: &headers)
    #expect(headers == ["b3": "new"])
  }
}

private enum OtherKey: ServiceContextKey {
  typealias Value = Int
}

private struct Field {
  let name: String
  let value: String
}

/// Adds a field like AsyncHTTPClient's injector.
private struct AddingInjector: Injector {
  func inject(_ value: String, forKey key: String, into carrier: inout [Field]) {
    carrier.append(Field(name: key, value: value))
  }
}

private struct ExactExtractor: Extractor {
  func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}
