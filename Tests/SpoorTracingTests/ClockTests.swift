// SPDX-License-Identifier: Apache-2.0

import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

@Suite struct ClockTests {
  @Test func aClockThatIsSetBendsNoTrace() throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    let root = bench.tracer.startSpan("root", context: .topLevel, at: time.now)
    time.monotonic += 5_000_000
    time.realtime -= 3_600_000_000_000  // The wall clock is set back by an hour.
    let child = bench.tracer.startSpan("child", context: root.context, at: time.now)
    time.advance(2_000_000)
    child.end(at: time.now)
    time.advance(1_000_000)
    root.end(at: time.now)
    let spans = bench.finished()
    let rootRecord = try #require(spans.first { $0.name == "root" })
    let childRecord = try #require(spans.first { $0.name == "child" })
    #expect(childRecord.start == rootRecord.start + 5_000_000)
    #expect(childRecord.duration == 2_000_000)
    #expect(rootRecord.duration == 8_000_000)
  }

  @Test func aSavedInstantIsKept() throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    let saved = time.now
    time.advance(250_000_000)
    let span = bench.tracer.startSpan("queued", context: .topLevel, at: saved)
    time.advance(50_000_000)
    span.end(at: time.now)
    let record = try #require(bench.finished().first)
    #expect(record.start == saved.nanosecondsSinceEpoch)
    #expect(record.duration == 300_000_000)
  }

  @Test(
    "a root that starts after a change of the wall clock has the new time",
    arguments: [-3_600_000_000_000, 5_000_000] as [Int64])
  func aRootAfterTheClockWasSet(by change: Int64) throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    time.advance(1_000_000_000)
    time.realtime = time.realtime &+ UInt64(bitPattern: change)
    let saved = time.now
    time.advance(20_000_000)
    let root = bench.tracer.startSpan("root", context: .topLevel, at: time.now)
    let start = time.realtime
    time.advance(2_000_000)
    bench.tracer.startSpan("queued", context: .topLevel, at: saved).end(at: time.now)
    root.end(at: time.now)
    let spans = bench.finished()
    #expect(spans.first { $0.name == "root" }?.start == start)
    #expect(spans.first { $0.name == "root" }?.duration == 2_000_000)
    #expect(spans.first { $0.name == "queued" }?.start == saved.nanosecondsSinceEpoch)
    #expect(spans.first { $0.name == "queued" }?.duration == 22_000_000)
  }

  @Test func anInstantSavedAMomentAgoIsKept() throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    let saved = time.now
    time.advance(300_000)
    bench.tracer.startSpan("queued", context: .topLevel, at: saved).end(at: time.now)
    #expect(bench.finished().first?.start == saved.nanosecondsSinceEpoch)
  }

  @Test func aSavedEndIsKept() throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    let span = bench.tracer.startSpan("read", context: .topLevel, at: time.now)
    time.advance(10_000_000)
    let saved = time.now
    time.advance(90_000_000)
    span.end(at: saved)
    #expect(bench.finished().first?.duration == 10_000_000)
  }

  @Test func anHourLongRootKeepsItsChildrenInPlace() throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    let root = bench.tracer.startSpan("root", context: .topLevel, at: time.now)
    time.advance(3_600_000_000_000)
    time.realtime += 30_000_000  // The wall clock has drifted by 30 ms.
    let child = bench.tracer.startSpan("child", context: root.context, at: time.now)
    child.end(at: time.now)
    root.end(at: time.now)
    let spans = bench.finished()
    let start = try #require(spans.first { $0.name == "root" }?.start)
    #expect(spans.first { $0.name == "child" }?.start == start + 3_600_000_000_000)
    #expect(spans.first { $0.name == "root" }?.duration == 3_600_000_000_000)
  }

  @Test func anEndIsAtLeastAMicrosecondAfterTheStart() throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    let span = bench.tracer.startSpan("short", context: .topLevel, at: time.now)
    span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1))
    #expect(bench.finished().first?.duration == 1000)
  }

  @Test func anEventOfNowLiesOnTheRootsTimeLineAndAnOldOneWhereItWas() throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    let span = bench.tracer.startSpan("test", context: .topLevel, at: time.now)
    let start = time.realtime
    time.monotonic += 7_000_000  // The wall clock stands still.
    span.addEvent(SpanEvent(name: "now", at: time.now))
    span.addEvent(SpanEvent(name: "old", at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 12345)))
    span.end(at: time.now)
    #expect(bench.finished().first?.eventTimes == [start + 7_000_000, 12345])
  }
}
