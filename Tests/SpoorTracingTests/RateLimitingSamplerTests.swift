// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

@Suite("A rate-limiting sampler")
struct RateLimitingSamplerTests {
  private func request(hasLocalParent: Bool = false, parent: SamplingDecision = .undecided) -> SamplingRequest {
    SamplingRequest(
      traceID: .random(), operationName: "GET /orders", kind: .server, parentDecision: parent,
      hasLocalParent: hasLocalParent, hasParent: hasLocalParent)
  }

  /// The number of requests that are accepted in each tenth of a second, for requests at a fixed interval in
  /// microseconds.
  private func taken(
    _ sampler: RateLimitingSampler, _ time: TestClock, every microseconds: UInt64, seconds: UInt64
  ) -> [Int] {
    var tenths = [Int](repeating: 0, count: Int(seconds * 10))
    let start = time.monotonic
    while time.monotonic < start + seconds * 1_000_000_000 {
      if sampler.decision(for: request()).isSampled { tenths[Int((time.monotonic - start) / 100_000_000)] += 1 }
      time.advance(microseconds * 1000)
    }
    return tenths
  }

  @Test("accepts its rate, evenly over each second", arguments: [(20.0, 2), (100.0, 10), (1000.0, 100)])
  func evenly(rate: Double, perTenth: Int) throws {
    let time = TestClock()
    let tenths = taken(
      try RateLimitingSampler(tracesPerSecond: rate, clock: time.clock), time, every: 200, seconds: 10)
    // The first tenth includes the savings of the pause before it.
    #expect(tenths.dropFirst().allSatisfy { abs($0 - perTenth) <= 1 }, "\(tenths)")
    #expect(tenths.reduce(0, +) <= Int(rate * 10) + perTenth + 1)
  }

  @Test("accepts one at once and then one in ten seconds at 0.1 per second")
  func slowly() throws {
    let time = TestClock()
    let sampler = try RateLimitingSampler(tracesPerSecond: 0.1, clock: time.clock)
    let tenths = taken(sampler, time, every: 50_000, seconds: 30)
    #expect(tenths.enumerated().filter { $1 > 0 }.map(\.offset) == [0, 100, 200])
  }

  @Test("saves up at most a tenth of a second's worth in a pause")
  func pause() throws {
    let time = TestClock()
    let sampler = try RateLimitingSampler(tracesPerSecond: 100, clock: time.clock)
    time.advance(3600 * 1_000_000_000)
    #expect((0..<1000).count { _ in sampler.decision(for: request()).isSampled } == 10)
  }

  @Test("accepts nothing at 0")
  func never() throws {
    let time = TestClock()
    #expect(
      taken(try RateLimitingSampler(tracesPerSecond: 0, clock: time.clock), time, every: 1000, seconds: 2).max() == 0)
  }

  @Test("accepts its rate from many threads together")
  func manyThreads() async throws {
    let sampler = try RateLimitingSampler(
      tracesPerSecond: 50, clock: TraceClock(realtime: { 0 }, monotonic: { 1_000_000_000 }))
    let taken = await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { (0..<1000).count { _ in sampler.decision(for: request()).isSampled } }
      }
      return await group.reduce(0, +)
    }
    #expect(taken == 5)
  }

  @Test("counts only what the previous sampler accepts, and gives both reasons")
  func inner() throws {
    let time = TestClock()
    let sampler = try RateLimitingSampler(
      tracesPerSecond: 1, of: TraceIDRatioSampler(ratio: 0.5), clock: time.clock)
    func decision(low: UInt64) throws -> SamplingResult {
      sampler.decision(
        for: SamplingRequest(traceID: try #require(TraceID(low: low)), operationName: "x", kind: .server))
    }
    #expect(try decision(low: .max).isSampled == false)
    let taken = try decision(low: 1)
    #expect(taken.isSampled && taken.reason == "ratio=0.5 rate=1/s")
    #expect(try decision(low: 1).isSampled == false)
  }

  @Test("follows a local parent without counting", arguments: [(SamplingDecision.sampled, true), (.notSampled, false)])
  func below(parent: SamplingDecision, expected: Bool) throws {
    let sampler = try RateLimitingSampler(
      tracesPerSecond: 1, clock: TraceClock(realtime: { 0 }, monotonic: { 0 }))
    for _ in 0..<3 {
      #expect(sampler.decision(for: request(hasLocalParent: true, parent: parent)).isSampled == expected)
    }
    #expect(sampler.decision(for: request()).isSampled)
  }

  @Test("refuses an invalid rate", arguments: [-1, .nan, .infinity, 1_000_001])
  func refused(rate: Double) {
    #expect(throws: SamplerError.self) { try RateLimitingSampler(tracesPerSecond: rate) }
  }
}
