// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorTestSupport
import Testing

@testable import SpoorLogging

@Suite struct RepeatedLinesTests {
  private static let second: UInt64 = 1_000_000_000

  private func written(_ verdict: RepeatedLines.Verdict) -> Int? {
    if case .written(let before) = verdict { before } else { nil }
  }

  @Test func theFirstOnesAreWrittenThenEverySoManyth() {
    let lines = RepeatedLines(LogSampling(first: 3, thereafter: 10))
    let verdicts = (1...25).map { _ in written(lines.verdict(on: "x", level: .info, logger: "a", now: 5)) }
    let indices = verdicts.indices.filter { verdicts[$0] != nil }.map { $0 + 1 }
    #expect(indices == [1, 2, 3, 13, 23])
    #expect(verdicts.compactMap { $0 } == [0, 0, 0, 9, 9])
    // Every line is either written or counted.
    #expect(lines.takeSuppressed(now: 5, all: true).map(\.count) == [2])
  }

  @Test func nothingButTheFirstOnesWhereNothingIsToFollow() {
    let lines = RepeatedLines(LogSampling(first: 2, thereafter: 0))
    #expect((0..<50).count { _ in written(lines.verdict(on: "x", level: .info, logger: "a", now: 5)) != nil } == 2)
    #expect(
      lines.takeSuppressed(now: 5, all: true)
        == [RepeatedLines.Suppressed(logger: "a", level: .info, event: "x", count: 48)])
  }

  @Test func anotherEventLevelOrLoggerIsAnotherLine() {
    let lines = RepeatedLines(LogSampling(first: 1, thereafter: 0))
    for _ in 0..<2 { _ = lines.verdict(on: "x", level: .info, logger: "a", now: 5) }
    #expect(written(lines.verdict(on: "y", level: .info, logger: "a", now: 5)) == 0)
    #expect(written(lines.verdict(on: "x", level: .error, logger: "a", now: 5)) == 0)
    #expect(written(lines.verdict(on: "x", level: .info, logger: "b", now: 5)) == 0)
    #expect(lines.verdict(on: "x", level: .info, logger: "a", now: 5) == .suppressed)
  }

  @Test func anIntervalBeginsAnewAndItsFirstLineTellsOfTheOneBefore() {
    let lines = RepeatedLines(LogSampling(first: 1, thereafter: 0, interval: .seconds(1)))
    let times: [UInt64] = [0, 1, 2, Self.second - 1, Self.second, Self.second + 1]
    let verdicts = times.map { written(lines.verdict(on: "x", level: .info, logger: "a", now: $0)) }
    #expect(verdicts == [0, nil, nil, nil, 3, nil])
  }

  @Test func whatWasLeftOutIsSaidOnceTheIntervalIsOverAndOnlyOnce() {
    let lines = RepeatedLines(LogSampling(first: 1, thereafter: 0))
    for _ in 0..<4 { _ = lines.verdict(on: "x", level: .info, logger: "a", now: 0) }
    #expect(lines.takeSuppressed(now: Self.second - 1).isEmpty)
    #expect(lines.takeSuppressed(now: Self.second).map(\.count) == [3])
    #expect(lines.takeSuppressed(now: 2 * Self.second).isEmpty)
  }

  @Test func moreDifferentLinesThanThereIsRoomForAreWritten() {
    let lines = RepeatedLines(LogSampling(first: 1, thereafter: 0))
    var suppressed = 0
    for round in 0..<2 {
      for number in 0..<20_000 where lines.verdict(on: "\(number)", level: .info, logger: "a", now: 0) == .suppressed {
        suppressed += 1
        #expect(round == 1)
      }
    }
    // The maximum number of counted lines is 1 024.
    #expect(suppressed > 500 && suppressed <= 1024)
    #expect(lines.takeSuppressed(now: 0, all: true).map(\.count).reduce(0, +) == suppressed)
  }

  @Test func aPlaceThatIsTakenOverLosesNoCount() {
    let lines = RepeatedLines(LogSampling(first: 1, thereafter: 0))
    var suppressed = 0
    for round in 0..<5 as Range<UInt64> {
      for number in 0..<5_000 {
        for _ in 0..<2
        where lines.verdict(
          on: "\(round) \(number)", level: .info, logger: "a", now: round * Self.second) == .suppressed
        {
          suppressed += 1
        }
      }
    }
    #expect(lines.takeSuppressed(now: 100 * Self.second).map(\.count).reduce(0, +) == suppressed && suppressed > 0)
  }

  @Test func throughALoggerEveryLineIsWrittenOrCounted() throws {
    var settings = LogSettings(service: "test")
    settings.sampling = LogSampling(first: 2, thereafter: 4, interval: .seconds(3600))
    let bench = try PipeBench(settings: settings)
    let logger = Logger(label: "orders") { _ in bench.handler() }
    for _ in 0..<12 { logger.warning("slow", metadata: ["lines": "kept"]) }
    logger.info("other")
    bench.pipeline.reportSuppressed(all: true)
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    let records = try bench.lines().map { try DecodedJSON.object($0) }
    #expect(
      records.map { $0["event"] as? String } == ["slow", "slow", "slow", "slow", "other", "log_lines_suppressed"])
    #expect(records.map { $0["lines_suppressed"] as? Int } == [nil, nil, 3, 3, nil, nil])
    let last = try #require(records.last)
    #expect(last["count"] as? Int == 2 && last["suppressed_event"] as? String == "slow")
    #expect(last["logger"] as? String == "orders" && last["level"] as? String == "warning")
  }
}
