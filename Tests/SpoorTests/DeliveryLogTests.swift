// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorBase
import SpoorJournal
import Testing

@testable import Spoor

/// Problems with delivery are logged at most twice a minute, and their counts are complete.
@Suite struct DeliveryLogTests {
  private final class Bench: Sendable {
    struct Line: Sendable {
      let event: String
      let fields: Logger.Metadata
      let second: Int
      func count(_ key: String) -> Int { fields[key].flatMap { Int($0.description) } ?? 0 }
    }

    let seconds = Locked(0)
    let lines = Locked<[Line]>([])
    let journal: Journal

    init() throws { journal = try Journal(layout: JournalLayout(totalBytes: 1 << 20)) }

    func log() -> DeliveryLog {
      let start = ContinuousClock.now
      let logger = Logger(label: "spoor") { [self] _ in Handler(bench: self) }
      return DeliveryLog(logger: logger, journal: journal) { [self] in start + .seconds(seconds.withLock { $0 }) }
    }

    struct Handler: LogHandler {
      let bench: Bench
      var metadata: Logger.Metadata = [:]
      var logLevel = Logger.Level.trace
      subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
      }
      func log(event: LogEvent) {
        let second = bench.seconds.withLock { $0 }
        let line = Line(event: event.message.description, fields: event.metadata ?? [:], second: second)
        bench.lines.withLock { $0.append(line) }
      }
    }

    /// The most lines in any minute.
    var mostInAMinute: Int {
      let lines = lines.withLock { $0 }
      return lines.map { line in lines.count { (line.second..<line.second + 60).contains($0.second) } }.max() ?? 0
    }
  }

  /// The events in each second of ten minutes.
  @Test(arguments: ["flapping", "refused spans", "flapping and refused spans", "down", "flapping endpoints"])
  func atMostTwoLinesAMinuteAndEveryCountIsThere(what: String) throws {
    let bench = try Bench()
    let log = bench.log()
    var failures = 0
    var rejections = 0
    for second in 0..<600 {
      bench.seconds.withLock { $0 = second }
      if what.contains("refused") {
        log.noteRejection("answered 400", status: 400)
        rejections += 1
      }
      if what == "down" || (what.contains("flapping") && second % 2 == 0) {
        log.noteFailure("answered 503")
        failures += 1
      } else {
        log.noteDelivery()
      }
      if what == "flapping endpoints" { log.noteDelivery() }
      log.write()
    }
    #expect(bench.mostInAMinute <= 2)
    // The collector works again, and the process ends.
    bench.seconds.withLock { $0 = 700 }
    log.noteDelivery()
    log.write(isLast: true)
    let lines = bench.lines.withLock { $0 }
    #expect(lines.filter { $0.event == "span_rejected" }.reduce(0) { $0 + $1.count("count") } == rejections)
    #expect(lines.reduce(0) { $0 + $1.count("failed_requests") } == failures)
    #expect(lines.count >= 2)
  }

  @Test func theFirstFailureAndTheFirstDeliveryAfterItAreLoggedAtOnce() throws {
    let bench = try Bench()
    let log = bench.log()
    log.noteDelivery()
    log.noteFailure("answered 503")
    log.noteDelivery()
    #expect(bench.lines.withLock { $0.map(\.event) } == ["spans_not_delivered", "spans_delivered_again"])
  }
}
