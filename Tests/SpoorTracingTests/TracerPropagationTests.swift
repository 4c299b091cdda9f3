// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

/// docs/ZIPKIN.md, "Propagation", through the real tracer: received headers, the child span, and sent headers.
@Suite("A tracer between two services")
struct TracerPropagationTests {
  static let trace = "463ac35c9f6413ad48485a3953bb6124"
  static let short = "48485a3953bb6124"
  static let span = "a2fb4a1d1a96d312"

  struct Rule: Sendable, CustomTestStringConvertible {
    let reason: String
    let incoming: [String: String]
    /// The trace that is continued; nil for a new one.
    let trace: String?
    /// The root sampler's decision.
    var root = true
    /// The flag in `b3`.
    let flag: String
    var state: String?
    var testDescription: String { reason }

    init(
      _ reason: String, _ incoming: [String: String], trace: String?, root: Bool = true, flag: String,
      state: String? = nil
    ) {
      self.reason = reason
      self.incoming = incoming
      self.trace = trace
      self.root = root
      self.flag = flag
      self.state = state
    }
  }

  static let rules = [
    Rule("b3, flag 1", ["b3": "\(trace)-\(span)-1"], trace: trace, root: false, flag: "1"),
    Rule("b3, flag 0", ["b3": "\(trace)-\(span)-0"], trace: trace, flag: "0"),
    Rule("b3, flag d", ["b3": "\(trace)-\(span)-d"], trace: trace, root: false, flag: "d"),
    Rule("b3 with a parent", ["b3": "\(trace)-\(span)-1-\(short)"], trace: trace, root: false, flag: "1"),
    Rule("no flag is decided here: yes", ["b3": "\(trace)-\(span)"], trace: trace, flag: "1"),
    Rule("no flag is decided here: no", ["b3": "\(trace)-\(span)"], trace: trace, root: false, flag: "0"),
    Rule("b3: 0 alone", ["b3": "0"], trace: nil, flag: "0"),
    Rule("b3: 1 alone", ["b3": "1"], trace: nil, root: false, flag: "1"),
    Rule("b3: d alone", ["b3": "d"], trace: nil, root: false, flag: "d"),
    Rule(
      "X-B3, Sampled 1", ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "1"], trace: trace, root: false,
      flag: "1"),
    Rule(
      "X-B3, Sampled 0", ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "0"], trace: trace, flag: "0"),
    Rule(
      "X-B3, Sampled true", ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "true"], trace: trace,
      root: false, flag: "1"),
    Rule(
      "X-B3, Sampled false", ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "false"], trace: trace,
      flag: "0"),
    Rule(
      "X-B3, Flags 1", ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Flags": "1"], trace: trace, root: false,
      flag: "d"),
    Rule("X-B3 without a flag", ["X-B3-TraceId": trace, "X-B3-SpanId": span], trace: trace, root: false, flag: "0"),
    Rule("X-B3-Sampled alone", ["X-B3-Sampled": "0"], trace: nil, flag: "0"),
    Rule("X-B3-Flags alone", ["X-B3-Flags": "1"], trace: nil, root: false, flag: "d"),
    Rule("a 64-bit id stays 64 bits wide", ["b3": "\(short)-\(span)-1"], trace: short, flag: "1"),
    Rule(
      "a 64-bit id stays 64 bits wide in X-B3", ["X-B3-TraceId": short, "X-B3-SpanId": span, "X-B3-Sampled": "1"],
      trace: short,
      flag: "1"),
    Rule(
      "b3 precedes X-B3", ["b3": "\(trace)-\(span)-1", "X-B3-TraceId": short, "X-B3-SpanId": span], trace: trace,
      flag: "1"),
    Rule("traceparent 01", ["traceparent": "00-\(trace)-\(span)-01"], trace: trace, root: false, flag: "1"),
    Rule("traceparent 00", ["traceparent": "00-\(trace)-\(span)-00"], trace: trace, flag: "0"),
    Rule("a higher version", ["traceparent": "42-\(trace)-\(span)-01-x"], trace: trace, root: false, flag: "1"),
    Rule("version ff", ["traceparent": "ff-\(trace)-\(span)-00"], trace: nil, flag: "1"),
    Rule("upper case", ["traceparent": "00-\(trace.uppercased())-\(span)-00"], trace: nil, flag: "1"),
    Rule("a trace id of zeros", ["b3": "00000000000000000000000000000000-\(span)-0"], trace: nil, flag: "1"),
    Rule("a span id of zeros", ["traceparent": "00-\(trace)-0000000000000000-00"], trace: nil, flag: "1"),
    Rule(
      "tracestate keeps its order, without members that must not be sent",
      ["traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1, ,congo=2"], trace: trace, flag: "1",
      state: "rojo=1,congo=2"),
    Rule(
      "several tracestate headers, joined",
      ["traceparent": "00-\(trace)-\(span)-01", "tracestate": "rojo=1,congo=2,rojo=3"], trace: trace, flag: "1",
      state: "rojo=1,congo=2"),
    Rule("an invalid b3 is never used in part", ["b3": "\(trace)-\(span)-x"], trace: nil, root: false, flag: "0"),
    Rule("no header", [:], trace: nil, flag: "1"),
  ]

  private func tracer(_ root: Bool, _ propagator: TracePropagator) throws -> (tracer: SpoorTracer, bench: Bench) {
    let sampler = ParentBasedSampler(root: root ? AlwaysSampler() as any Sampler : NeverSampler())
    let bench = try Bench(sampler: sampler)
    return (
      SpoorTracer(recorder: bench.tracer.recorder, sampler: sampler, propagator: propagator), bench
    )
  }

  @Test("continues, decides and passes on", arguments: rules)
  func passesOn(rule: Rule) throws {
    let (tracer, bench) = try tracer(
      rule.root, TracePropagator(formats: [.b3, .b3multi, .tracecontext], writesTraceState: true))
    var context = ServiceContext.topLevel
    tracer.extract(rule.incoming, into: &context, using: HeaderDictionary())
    var headers: [String: String] = [:]
    let server = tracer.startSpan("server", context: context, ofKind: .server)
    let client = tracer.startSpan("client", context: server.context, ofKind: .client)
    tracer.inject(client.context, into: &headers, using: HeaderDictionary())
    client.end()
    server.end()

    let ids = try #require(client.context.traceContext)
    let parent = try #require(server.context.traceContext)
    let isSampled = rule.flag != "0"
    #expect((ids.traceID.description == rule.trace) == (rule.trace != nil) && ids.traceID == parent.traceID)
    #expect(parent.parentSpanID?.description == (rule.trace == nil ? nil : Self.span))
    #expect(headers["b3"] == "\(ids.traceID)-\(ids.spanID)-\(rule.flag)-\(parent.spanID)")
    #expect(headers["X-B3-TraceId"] == ids.traceID.description && headers["X-B3-SpanId"] == ids.spanID.description)
    #expect(headers["X-B3-ParentSpanId"] == parent.spanID.description)
    #expect(headers["X-B3-Sampled"] == (rule.flag == "d" ? nil : rule.flag))
    #expect(headers["X-B3-Flags"] == (rule.flag == "d" ? "1" : nil))
    let flags = isSampled ? "01" : "00"
    #expect(headers["traceparent"] == "00-\(ids.traceID.paddedDescription)-\(ids.spanID)-\(flags)")
    let ours = "spoor=p:\(ids.spanID)" + (rule.flag == "d" ? ";s:d" : "")
    #expect(headers["tracestate"] == ours + (rule.state.map { ",\($0)" } ?? ""))
    // A span is recorded exactly if the next service got "sampled".
    let spans = bench.finished()
    #expect(spans.count == (isSampled ? 2 : 0))
    #expect(spans.allSatisfy { $0.flags.contains(.debug) == (rule.flag == "d") })
  }

  @Test(
    "A gateway without a span passes on what it received, including a decision without ids", arguments: ["0", "1", "d"])
  func passesADecisionOn(b3: String) throws {
    let (tracer, _) = try tracer(true, TracePropagator(formats: [.b3, .b3multi, .tracecontext, .baggage]))
    var context = ServiceContext.topLevel
    tracer.extract(["b3": b3, "baggage": "user=1"], into: &context, using: HeaderDictionary())
    let names = b3 == "d" ? ["X-B3-Flags": "1"] : ["X-B3-Sampled": b3]
    #expect(tracer.inject(context) == names.merging(["b3": b3, "baggage": "user=1"]) { $1 })
  }

  @Test("Baggage without a trace is passed on")
  func baggageAlone() throws {
    let (tracer, _) = try tracer(true, TracePropagator())
    var context = ServiceContext.topLevel
    context.baggage = Baggage(header: "user=1")
    #expect(tracer.inject(context) == ["baggage": "user=1"])
    #expect(tracer.inject(.topLevel).isEmpty && tracer.injectText(.topLevel) == nil)
  }

  @Test("The caller's random flag is passed on")
  func randomFlag() throws {
    let (tracer, _) = try tracer(true, TracePropagator(formats: [.tracecontext]))
    let context = tracer.extract(["traceparent": "00-\(Self.trace)-\(Self.span)-03"])
    let span = tracer.startSpan("server", context: context)
    #expect(tracer.inject(span.context)["traceparent"]?.hasSuffix("-03") == true)
    span.end()
  }

  // MARK: Strangers

  @Test("An untrusted request starts a new trace with a link; its flags and baggage are ignored")
  func publicEndpoint() throws {
    let (tracer, bench) = try tracer(true, TracePropagator(trustedPeers: .nobody))
    let context = tracer.extract(["b3": "\(Self.trace)-\(Self.span)-0", "baggage": "admin=1"])
    #expect(context.baggage == nil)
    tracer.withSpan("server", context: context, ofKind: .server) { _ in tracer.withSpan("below") { _ in } }
    let spans = bench.finished()
    let server = try #require(spans.first { $0.name == "server" })
    #expect(server.traceID != 0x4848_5a39_53bb_6124 && server.parentID == 0 && !server.flags.contains(.debug))
    #expect(server.links == [0xa2fb_4a1d_1a96_d312] && server.flags.contains(.localRoot))
    // Only the root has the link.
    #expect(spans.first { $0.name == "below" }?.links == [])
  }

  @Test("If the previous span was Spoor's and a proxy put its own in between, the root names Spoor's")
  func upstream() throws {
    let (tracer, bench) = try tracer(true, TracePropagator(formats: [.tracecontext]))
    let state = "proxy=1,spoor=p:00000000000000cc"
    tracer.startSpan(
      "server",
      context: tracer.extract(["traceparent": "00-\(Self.trace)-\(Self.span)-01", "tracestate": state])
    ).end()
    #expect(try #require(bench.finished().first).attributes["spoor.upstream_span"] == "00000000000000cc")
  }

  // MARK: Messages and rows

  @Test("A trace continues in another process, from headers or from one text", arguments: [false, true])
  func continuedLater(asText: Bool) throws {
    let (sender, _) = try tracer(true, TracePropagator())
    let (receiver, bench) = try tracer(true, TracePropagator())
    var stored: (headers: [String: String], text: String) = ([:], "")
    let ids = sender.withSpan("enqueue", ofKind: .producer) { span in
      stored = (sender.inject(), sender.injectText() ?? "")
      return span.context.traceContext
    }
    let context = asText ? receiver.extract(text: stored.text) : receiver.extract(stored.headers)
    receiver.startSpan("work", context: context, ofKind: .consumer).end()
    let work = try #require(bench.finished().first)
    #expect(work.traceID == ids?.traceID.low && work.parentID == ids?.spanID.rawValue && work.links.isEmpty)
  }

  @Test("A trace is linked instead of continued on request", arguments: [false, true])
  func linkedLater(asText: Bool) throws {
    let (tracer, bench) = try tracer(true, TracePropagator())
    let b3 = "\(Self.trace)-\(Self.span)-0"
    let context = asText ? tracer.extract(text: b3, as: .linked) : tracer.extract(["b3": b3], as: .linked)
    tracer.startSpan("work", context: context, ofKind: .consumer).end()
    let work = try #require(bench.finished().first)
    #expect(work.traceID != 0x4848_5a39_53bb_6124 && work.parentID == 0 && work.links == [0xa2fb_4a1d_1a96_d312])
  }

  @Test("One span of a batch links the senders of all messages and ignores invalid ones")
  func batch() throws {
    let (tracer, bench) = try tracer(true, TracePropagator())
    let messages = [
      ["b3": "\(Self.trace)-00000000000000a1-1"], ["b3": "broken"], ["b3": "\(Self.short)-00000000000000a2"],
    ]
    tracer.startSpan("work", context: tracer.extract(linking: messages)).end()
    #expect(try #require(bench.finished().first).links == [0xa1, 0xa2])
  }

  @Test("An extracted context has no parent in this process")
  func noLocalParent() throws {
    let (tracer, _) = try tracer(true, TracePropagator())
    tracer.withSpan("around") { around in
      for context in [
        tracer.extract([:], into: around.context), tracer.extract([:], as: .linked, into: around.context),
      ] {
        let span = tracer.startSpan("work", context: context)
        #expect(span.context.traceContext?.traceID != around.context.traceContext?.traceID)
        span.end()
      }
    }
  }

  // MARK: Baggage on spans

  @Test("Configured fields of the baggage are tags of the local root, redacted like tags")
  func baggageTags() throws {
    let bench = try Bench()
    let tracer = SpoorTracer(
      recorder: bench.tracer.recorder, sampler: AlwaysSampler(), propagator: TracePropagator(),
      baggageTags: ["tenant", "token", "absent"])
    let context = tracer.extract(["baggage": "tenant=acme,user=7,token=s3cret"])
    tracer.withSpan("server", context: context) { _ in tracer.withSpan("below") { _ in } }
    let spans = bench.finished()
    #expect(
      spans.first { $0.name == "server" }?.attributes == ["tenant": "acme", "token": Redaction.replacement])
    #expect(spans.first { $0.name == "below" }?.attributes == [:])
  }
}
