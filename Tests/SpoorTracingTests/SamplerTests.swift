// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

@Suite struct SamplerTests {
  private func request(low: UInt64, parent: SamplingDecision = .undecided) throws -> SamplingRequest {
    SamplingRequest(
      traceID: try #require(TraceID(high: 1, low: low)), operationName: "x", kind: .server, parentDecision: parent)
  }

  /// `low < round(ratio · 2^64)`, computed like OpenTelemetry Python.
  @Test(
    arguments: [
      (0.0, 0, false), (0.0, 1, false), (1.0, UInt64.max, true), (0.5, 0x7FFF_FFFF_FFFF_FFFF, true),
      (0.5, 0x8000_0000_0000_0000, false), (0.25, 0x3FFF_FFFF_FFFF_FFFF, true), (0.25, 0x4000_0000_0000_0000, false),
      (0.1, 0x1999_9999_9999_9999, true), (0.1, 0x1999_9999_9999_A000, false),
    ] as [(Double, UInt64, Bool)])
  func theRatioComparesBelowItsBound(ratio: Double, low: UInt64, expected: Bool) throws {
    let sampler = try TraceIDRatioSampler(ratio: ratio)
    #expect(try sampler.decision(for: request(low: low)).isSampled == expected)
  }

  @Test(arguments: [-0.1, 1.5, .nan, .infinity])
  func aRatioThatIsNoShareIsRefused(ratio: Double) {
    #expect(throws: SamplerError.self) { try TraceIDRatioSampler(ratio: ratio) }
  }

  @Test(arguments: [
    (SamplingDecision.sampled, false, true), (.debug, false, true), (.notSampled, true, false),
    (.undecided, true, true), (.undecided, false, false),
  ])
  func theParentsDecisionComesFirst(parent: SamplingDecision, root: Bool, expected: Bool) throws {
    let sampler = ParentBasedSampler(root: root ? AlwaysSampler() as any Sampler : NeverSampler())
    #expect(try sampler.decision(for: request(low: 1, parent: parent)).isSampled == expected)
  }

  @Test(arguments: [SamplingDecision.sampled, .debug, .notSampled, .undecided])
  func aSamplerMadeReadySaysWhatTheSamplerSays(parent: SamplingDecision) throws {
    let ratio = try TraceIDRatioSampler(ratio: 0.5)
    let samplers: [any Sampler] = [
      AlwaysSampler(), NeverSampler(), ratio, ParentBasedSampler(root: AlwaysSampler()),
      ParentBasedSampler(root: NeverSampler()), ParentBasedSampler(root: ratio),
      ParentBasedSampler(root: ParentBasedSampler(root: NeverSampler())),
      RuleBasedSampler([SamplingRule(operation: "x", NeverSampler())], otherwise: AlwaysSampler()),
    ]
    for sampler in samplers {
      for low in [1, UInt64.max] {
        let request = try request(low: low, parent: parent)
        let (ready, asked) = (
          HeadDecision(sampler).result(parent: parent) { request }, sampler.decision(for: request)
        )
        #expect(ready.isSampled == asked.isSampled && ready.reason == asked.reason, "\(sampler)")
      }
    }
  }

  @Test func anUnsampledSpanHasIdsAndCarriesEveryOtherValue() throws {
    enum Key: ServiceContextKey { typealias Value = Int }
    let bench = try Bench(sampler: NeverSampler())
    var context = ServiceContext.topLevel
    context[Key.self] = 7
    let span = bench.tracer.startSpan("test", context: context)
    #expect(!span.isRecording)
    #expect(span.context[Key.self] == 7)
    #expect(span.context.traceContext?.sampling == .notSampled)
    span.attributes["ignored"] = true
    span.end()
    #expect(bench.finished().isEmpty)
    #expect(bench.journal.count(.opened) == 0)
  }

  @Test func aFailedRootIsKeptWithEverythingBelowIt() throws {
    let bench = try Bench(sampler: NeverSampler(), keepRules: KeepRules(failed: true))
    try? bench.tracer.withSpan("root") { _ in
      bench.tracer.withSpan("fine") { _ in }
      try bench.tracer.withSpan("fails") { _ in throw Oops() }
    }
    bench.tracer.withSpan("good") { _ in }
    let spans = bench.finished()
    #expect(Set(spans.map(\.name)) == ["root", "fine", "fails"])
    #expect(spans.allSatisfy { $0.kept == .error })
    #expect(bench.journal.heldCount == 0)
  }

  @Test func aSlowRootIsKeptByItsOperationsLimit() throws {
    let time = TestClock()
    let bench = try Bench(
      sampler: NeverSampler(), clock: time.clock,
      keepRules: KeepRules(slowerThan: .seconds(1), slowerThanByOperation: ["score": .milliseconds(200)]))
    let roots: [(String, UInt64)] = [("score", 201), ("score", 199), ("other", 500), ("other", 1000)]
    for (name, milliseconds) in roots {
      let span = bench.tracer.startSpan(name, context: .topLevel, at: time.now)
      time.advance(milliseconds * 1_000_000)
      span.end(at: time.now)
    }
    let spans = bench.finished()
    #expect(spans.map { "\($0.name) \($0.duration / 1_000_000)" } == ["score 201", "other 1000"])
    #expect(spans.allSatisfy { $0.kept == .slow })
  }

  @Test func aSlowOperationBelowTheRootKeepsTheRoot() throws {
    let time = TestClock()
    let bench = try Bench(
      sampler: NeverSampler(), clock: time.clock,
      keepRules: KeepRules(slowerThanByOperation: ["pool.*": .milliseconds(100), "pool.acquire": .milliseconds(50)]))
    for (child, milliseconds): (String, UInt64) in [("pool.acquire", 60), ("pool.open", 60), ("pool.open", 100)] {
      let root = bench.tracer.startSpan("root \(child) \(milliseconds)", context: .topLevel, at: time.now)
      let span = bench.tracer.startSpan(child, context: root.context, at: time.now)
      time.advance(milliseconds * 1_000_000)
      span.end(at: time.now)
      root.end(at: time.now)
    }
    #expect(
      Set(bench.finished().map(\.name))
        == ["root pool.acquire 60", "pool.acquire", "root pool.open 100", "pool.open"])
  }

  @Test func anOperationsNameIsTheOneAtItsEnd() throws {
    let time = TestClock()
    let bench = try Bench(
      sampler: NeverSampler(), clock: time.clock,
      keepRules: KeepRules(slowerThanByOperation: ["/orders/*": .milliseconds(50)]))
    // Like a server that knows the route only when it answers.
    let span = bench.tracer.startSpan("HTTP route not found", context: .topLevel, at: time.now)
    span.operationName = "/orders/{id}"
    time.advance(60_000_000)
    span.end(at: time.now)
    #expect(bench.finished().map(\.name) == ["/orders/{id}"])
  }

  @Test func aKeptTraceIsStillHandedOnAsNotSampled() throws {
    let bench = try Bench(sampler: NeverSampler(), keepRules: KeepRules(failed: true))
    var headers: [String: String] = [:]
    bench.tracer.withSpan("root") { span in
      bench.tracer.inject(span.context, into: &headers, using: HeaderDictionary())
    }
    #expect(headers["b3"]?.hasSuffix("-0") == true)
    #expect(headers["traceparent"]?.hasSuffix("-00") == true)
  }
}
