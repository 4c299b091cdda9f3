// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorLogging

@Suite struct HeldLinesTests {
  private func line(_ text: String) -> [UInt8] { Array(text.utf8) }
  private func text(_ release: HeldLines.Release) -> [String] {
    release.lines.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func whatWasKeptOfATraceIsGivenOutOnceInItsOrder() {
    let held = HeldLines(limit: 10)
    for text in ["a", "b"] { #expect(held.take(line(text), high: 1, low: 2) == .held) }
    #expect(held.take(line("other"), high: 1, low: 18) == .held)
    #expect(text(held.release(high: 1, low: 2)) == ["a", "b"])
    #expect(text(held.release(high: 1, low: 2)) == [])
  }

  @Test func aTraceThatHasFailedKeepsNothingBack() {
    let held = HeldLines(limit: 10)
    _ = held.release(high: 1, low: 2)
    #expect(held.take(line("a"), high: 1, low: 2) == .write)
    held.forget(high: 1, low: 2)
    #expect(held.take(line("a"), high: 1, low: 2) == .held)
  }

  @Test func beyondTheLimitTheOldestLineGoesAndIsCounted() {
    let held = HeldLines(limit: 2)
    for text in ["a", "b", "c"] { _ = held.take(line(text), high: 1, low: 2) }
    let release = held.release(high: 1, low: 2)
    #expect(text(release) == ["b", "c"] && release.dropped == 1)
  }

  @Test func aTraceTakesNoMoreBytesThanItMay() {
    let held = HeldLines(limit: 1000)
    let kilobyte = [UInt8](repeating: 0x61, count: 1024)
    for _ in 0..<100 { _ = held.take(kilobyte, high: 1, low: 2) }
    let release = held.release(high: 1, low: 2)
    #expect(release.lines.count == HeldLines.bytesPerTrace / 1024)
    #expect(release.dropped == 100 - release.lines.count)
  }

  @Test func theTraceThatWasQuietLongestMakesRoom() {
    let held = HeldLines(limit: 2)
    // All in one of 16 parts.
    for number in 0...HeldLines.traces { _ = held.take(line("\(number)"), high: 0, low: UInt64(number) * 16) }
    #expect(held.takeEvictions() == HeldLines.Evictions(lines: 1, traces: 1))
    #expect(held.takeEvictions() == HeldLines.Evictions())
    #expect(text(held.release(high: 0, low: 16)) == ["1"])
    #expect(text(held.release(high: 0, low: UInt64(HeldLines.traces) * 16)) == ["\(HeldLines.traces)"])
    #expect(text(held.release(high: 0, low: 0)) == [])
  }

  @Test func asManyTracesAsTheTableSaysHoldTheirLinesHoweverTheirIdsAreSpread() {
    let held = HeldLines(limit: 2)
    let ids = (0..<HeldLines.traces).map { _ in (UInt64.random(in: 1 ... .max), UInt64.random(in: 1 ... .max)) }
    for (high, low) in ids { _ = held.take(line("a"), high: high, low: low) }
    #expect(held.takeEvictions() == HeldLines.Evictions())
    for (high, low) in ids { #expect(text(held.release(high: high, low: low)) == ["a"]) }
  }

  @Test func aTraceThatHasEndedMakesRoomWithoutALoss() {
    let held = HeldLines(limit: 2)
    for number in 0..<UInt64(10 * HeldLines.traces) {
      _ = held.take(line("a"), high: 0, low: number)
      held.forget(high: 0, low: number)
    }
    #expect(held.takeEvictions() == HeldLines.Evictions())
  }

  /// Its dropped lines are lost as well.
  @Test func anEvictedTraceCountsAllOfItsLines() {
    let held = HeldLines(limit: 2)
    for _ in 0..<5 { _ = held.take(line("a"), high: 0, low: 0) }
    for number in 1...UInt64(HeldLines.traces) { _ = held.take(line("a"), high: 0, low: number * 16) }
    #expect(held.takeEvictions() == HeldLines.Evictions(lines: 5, traces: 1))
  }
}
