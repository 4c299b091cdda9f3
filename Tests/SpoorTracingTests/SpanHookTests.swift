// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorContext
import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

@Suite("Hooks at a span's end")
struct SpanHookTests {
  private func bench(
    _ hooks: [SpanHook], sampler: any Sampler = AlwaysSampler(), keepRules: KeepRules = KeepRules(),
    limits: SpanLimits = SpanLimits()
  ) throws -> (bench: Bench, tracer: SpoorTracer) {
    let bench = try Bench()
    let recorder = SpanRecorder(
      journal: bench.journal, clock: .system, limits: limits, redaction: Redaction(), hooks: hooks)
    return (
      bench, SpoorTracer(recorder: recorder, sampler: sampler, propagator: TracePropagator(), keepRules: keepRules)
    )
  }

  @Test("see the final span, and their changes are sent")
  func change() throws {
    let (bench, tracer) = try bench([
      SpanHook { span in
        #expect(span.name == "GET /orders/7" && span.kind == .server && span.isLocalRoot && span.hasFailed)
        #expect(span.attributes.get("http.route") == .string("/orders/{id}") && span["count"] == .int64(2))
        #expect(span.duration >= .microseconds(1) && span.traceContext.sampling == .sampled)
        span.name = "GET /orders/{id}"
        span["count"] = nil
        span["added"] = 3
        span["password"] = "s3cret"
        span.setStatus(SpanStatus(code: .ok))
        return .keep
      },
      SpanHook { span in
        #expect(span.name == "GET /orders/{id}" && span["added"] == .int64(3) && !span.hasFailed)
        #expect(span["password"] == .string(Redaction.replacement))
        return .keep
      },
    ])
    tracer.withSpan("GET /orders/7", ofKind: .server) { span in
      span.attributes["http.route"] = "/orders/{id}"
      span.attributes["count"] = 2
      span.setStatus(SpanStatus(code: .error))
    }
    let span = try #require(bench.finished().first)
    #expect(span.name == "GET /orders/{id}" && span.status == "1 ")
    #expect(
      span.attributes == ["http.route": "/orders/{id}", "added": "3", "password": Redaction.replacement])
  }

  @Test("can drop a span, and then no further hook runs")
  func drop() throws {
    let (bench, tracer) = try bench([
      .dropping("GET /health*"),
      SpanHook { span in
        #expect(span.name == "work")
        return .keep
      },
    ])
    tracer.withSpan("GET /healthz") { _ in tracer.withSpan("work") { _ in } }
    #expect(bench.finished().map(\.name) == ["work"])
    #expect(bench.journal.count(.droppedByHook) == 1 && bench.journal.heldCount == 0)
  }

  @Test("can add tags that the span does not have, within its limits")
  func defaultTags() throws {
    let (bench, tracer) = try bench(
      [.defaultTags(["env": "prod", "region": "eu", "a": "1", "b": "2", "c": "3"])], limits: SpanLimits(attributes: 4))
    tracer.withSpan("one") { $0.attributes["env"] = "test" }
    let span = try #require(bench.finished().first)
    #expect(span.attributes == ["env": "test", "a": "1", "b": "2", "c": "3"] && span.dropped.attributes == 1)
  }

  @Test("run once, and later writes have no effect")
  func once() throws {
    let calls = Locked(0)
    let (bench, tracer) = try bench([
      SpanHook { _ in
        calls.withLock { $0 += 1 }
        return .keep
      }
    ])
    let span = tracer.startSpan("one", context: .topLevel)
    span.end()
    span.end()
    span.attributes["late"] = 1
    span.operationName = "late"
    #expect(calls.withLock { $0 } == 1)
    #expect(bench.finished().map { $0.name + "\($0.attributes)" } == ["one[:]"])
  }

  @Test("may use the tracer and the span that ends")
  func reentrant() throws {
    let own = Locked<SpoorSpan?>(nil)
    let other = try Bench()
    let (bench, tracer) = try bench([
      SpanHook { _ in
        other.tracer.withSpan("inside") { _ in }
        let span = own.withLock { $0 }
        span?.attributes["too late"] = true
        span?.end()
        return .keep
      }
    ])
    let span = tracer.startSpan("one", context: .topLevel)
    own.withLock { $0 = span }
    span.end()
    own.withLock { $0 = nil }
    #expect(bench.finished().map { $0.attributes.isEmpty } == [true] && other.finished().count == 1)
  }

  @Test("see spans that were never ended")
  func neverEnded() throws {
    let (bench, tracer) = try bench([.defaultTags(["env": "prod"])])
    do { _ = tracer.startSpan("lost", context: .topLevel) }
    let span = try #require(bench.finished().first)
    #expect(span.attributes["env"] == "prod" && span.flags.contains(.neverEnded))
  }

  @Test("work together with keep rules", arguments: [false, true])
  func keepRules(dropsRoot: Bool) throws {
    let (bench, tracer) = try bench(
      [.defaultTags(["env": "prod"]), .dropping(dropsRoot ? "root" : "fine")], sampler: NeverSampler(),
      keepRules: KeepRules(failed: true))
    try? tracer.withSpan("root") { _ in
      tracer.withSpan("fine") { _ in }
      throw Oops()
    }
    tracer.withSpan("good root") { _ in }
    let spans = bench.finished()
    #expect(spans.map(\.name) == (dropsRoot ? ["fine"] : ["root"]))
    #expect(spans.allSatisfy { $0.kept == .error && $0.attributes["env"] == "prod" })
    #expect(bench.journal.heldCount == 0)
  }

  @Test("have no race with threads that still write to the span")
  func race() async throws {
    let (bench, tracer) = try bench([
      SpanHook { span in
        // Values that a hook has read do not change while it runs.
        let before = span.attributes.get("n")
        for _ in 0..<20 { #expect(span.attributes.get("n") == before) }
        span.name = "seen"
        return .keep
      }
    ])
    for _ in 0..<100 {
      let span = tracer.startSpan("one", context: .topLevel)
      await withTaskGroup { group in
        for writer in 0..<3 {
          group.addTask {
            for number in 0..<50 {
              span.attributes["n"] = writer * 1000 + number
              span.operationName = "written"
            }
          }
        }
        group.addTask { span.end() }
      }
    }
    #expect(bench.finished().allSatisfy { $0.name == "seen" })
    #expect(bench.journal.count(.ended) == 100 && bench.journal.heldCount == 0)
  }
}
