// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

@Suite("Sampling rules")
struct RuleBasedSamplerTests {
  private func decide(
    _ sampler: any Sampler, _ name: String, kind: SpanKind = .server, parent: SamplingDecision = .undecided,
    isLocal: Bool = false
  ) -> SamplingResult {
    sampler.decision(
      for: SamplingRequest(
        traceID: .random(), operationName: name, kind: kind, parentDecision: parent, hasLocalParent: isLocal))
  }

  @Test(
    "match the operation or the path",
    arguments: [
      ("operation:checkout", "checkout", true), ("operation:checkout", "checkout 2", false),
      ("operation:check*", "checkout", true), ("operation:*", "", true), ("operation:*out", "checkout", true),
      ("operation:c*k*t", "checkout", true), ("operation:c*k*t", "checkou", false), ("operation:a*ab", "aaab", true),
      ("path:/health*", "/health", true), ("path:/health*", "GET /healthz", true),
      ("path:/health*", "/healthz?verbose=1", true), ("path:/health", "/healthz?x", false),
      ("path:/orders/*/items", "GET /orders/7/items?page=2", true), ("path:/orders/*/items", "/orders/7", false),
      ("path:/*", "checkout", false), ("path:*", "and/or", false), ("path:/*", "get /x", false),
      ("path:/a=b", "/a=b", true),
    ])
  func matching(rule: String, operation: String, applies: Bool) throws {
    let sampler = RuleBasedSampler([try SamplingRule("\(rule)=0")], otherwise: AlwaysSampler())
    #expect(decide(sampler, operation).isSampled == !applies)
  }

  @Test(
    "match the path of a middleware for any span name, but only for local roots",
    arguments: [("/health?verbose=1", true), ("/orders", false), (nil, false)])
  func toldPath(path: String?, applies: Bool) throws {
    let sampler = RuleBasedSampler([try SamplingRule("path:/health=0")], otherwise: AlwaysSampler())
    let tracer = try Bench(sampler: sampler).tracer
    var context = ServiceContext.topLevel
    context.requestPath = path
    let root = tracer.startSpan("HTTP GET route not found", context: context, ofKind: .server)
    defer { root.end() }
    #expect(root.isRecording == !applies)
    // A child span follows its root, so its path has no effect.
    let child = tracer.startSpan("/health", context: root.context)
    defer { child.end() }
    #expect(child.isRecording == !applies)
  }

  @Test("are evaluated in order and name the one that decided")
  func inOrder() throws {
    let sampler = RuleBasedSampler(
      [
        SamplingRule(path: "/health*", NeverSampler()),
        SamplingRule(operation: "*", kind: .consumer, AlwaysSampler()),
        SamplingRule(path: "/*", try TraceIDRatioSampler(ratio: 1)),
      ], otherwise: NeverSampler())
    #expect(decide(sampler, "/health").isSampled == false)
    #expect(decide(sampler, "/health", kind: .consumer).reason == "rule=path:/health*")
    #expect(decide(sampler, "work", kind: .consumer).reason == "rule=operation:*")
    #expect(decide(sampler, "/orders").reason == "rule=path:/* ratio=1.0")
    #expect(decide(sampler, "work").isSampled == false)
  }

  @Test("decide about local roots only")
  func below() {
    let sampler = RuleBasedSampler([SamplingRule(operation: "*", NeverSampler())], otherwise: NeverSampler())
    #expect(decide(sampler, "x", parent: .sampled, isLocal: true).isSampled)
  }

  @Test(
    "are refused if they are invalid",
    arguments: ["", "checkout=1", "operation:=1", "operation:x", "path:/x=2", "path:/x=-1/s", "path:/x=fast", "x:/y=1"])
  func refused(text: String) {
    #expect(throws: SamplerError.invalidRule(text)) { try SamplingRule(text) }
  }

  @Test("may limit a path to a rate")
  func rate() throws {
    let sampler = RuleBasedSampler([try SamplingRule("path:/search*=1/s")], otherwise: AlwaysSampler())
    // The second one would have to come a second later.
    #expect(decide(sampler, "/search").isSampled)
    #expect(decide(sampler, "/search").reason == "rule=path:/search* rate=1/s")
  }
}

/// The reason why a trace is recorded, as a tag of its local root.
@Suite("The reason of a decision")
struct SamplingReasonTests {
  struct Fixed: Sampler {
    func decision(for request: SamplingRequest) -> SamplingResult {
      SamplingResult(request.operationName.hasPrefix("keep"), reason: "name")
    }
  }

  @Test("is a tag of the local root only, also for a custom sampler")
  func ownSampler() throws {
    let bench = try Bench(sampler: ParentBasedSampler(root: Fixed()))
    bench.tracer.withSpan("keep me") { _ in bench.tracer.withSpan("below") { _ in } }
    bench.tracer.withSpan("drop me") { _ in bench.tracer.withSpan("keep below") { _ in } }
    let spans = bench.finished()
    #expect(spans.map(\.name) == ["below", "keep me"])
    #expect(spans.map { $0.attributes["spoor.sampler"] } == [nil, "name"])
  }

  @Test("is the caller, if the caller decided", arguments: [("1", "parent"), ("d", "debug")])
  func callers(flag: String, reason: String) throws {
    let bench = try Bench(sampler: ParentBasedSampler(root: NeverSampler()))
    bench.tracer.startSpan("server", context: bench.tracer.extract(text: flag)).end()
    #expect(bench.finished().map { $0.attributes["spoor.sampler"] } == [reason])
  }

  @Test("is also a tag of a root that was kept although the head decision was no")
  func kept() throws {
    let bench = try Bench(sampler: try TraceIDRatioSampler(ratio: 0), keepRules: KeepRules(failed: true))
    try? bench.tracer.withSpan("root") { _ in throw Oops() }
    let root = try #require(bench.finished().first)
    #expect(root.kept == .error && root.attributes["spoor.sampler"] == "ratio=0.0")
  }
}

/// B3's `d` bypasses every sampler.
@Suite("The debug flag")
struct DebugFlagTests {
  @Test("records a trace with any sampler, and is passed on to the next service")
  func pastEverySampler() throws {
    let bench = try Bench(sampler: NeverSampler())
    let context = bench.tracer.extract(["X-B3-Flags": "1"])
    let headers = bench.tracer.withSpan("server", context: context) { _ in
      bench.tracer.withSpan("below") { _ in bench.tracer.inject() }
    }
    #expect(bench.finished().allSatisfy { $0.flags.contains(.debug) } && headers["b3"]?.contains("-d-") == true)
    #expect(bench.journal.count(.ended) == 2)
  }

  @Test("can be set by the service itself")
  func set() throws {
    let bench = try Bench(sampler: NeverSampler())
    var context = ServiceContext.topLevel
    context.remoteTraceContext = .samplingOnly(.debug)
    bench.tracer.startSpan("server", context: context).end()
    #expect(bench.finished().map { $0.flags.contains(.debug) } == [true])
  }

  @Test("does not enable a disabled tracer")
  func disabled() throws {
    let bench = try Bench()
    let tracer = SpoorTracer(
      recorder: bench.tracer.recorder, sampler: NeverSampler(), propagator: TracePropagator(), honoursDebug: false)
    tracer.startSpan("server", context: tracer.extract(text: "d")).end()
    #expect(bench.finished().isEmpty)
  }
}
