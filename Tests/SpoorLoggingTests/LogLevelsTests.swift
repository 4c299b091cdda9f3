// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Synchronization
import Testing

@testable import SpoorLogging

@Suite struct LogLevelsTests {
  private func rules(_ levels: [(String, Logger.Level)]) -> [LogLevels.Rule] {
    levels.map { LogLevels.Rule(NamePattern($0.0), $0.1) }
  }

  @Test func theFirstRuleThatFitsCountsThenTheStandard() {
    let levels = LogLevels(standard: .info, rules: rules([("http.client", .error), ("http.*", .debug)]))
    #expect(levels.level(of: "http.client") == .error && levels.level(of: "http.server") == .debug)
    #expect(levels.level(of: "orders") == .info)
  }

  @Test func loggersThatExistFollowAChangeAtOnce() throws {
    let bench = try PipeBench()
    let levels = LogLevels(standard: .info)
    func logger(_ label: String) -> Logger {
      Logger(label: label) { SpoorLogHandler(label: $0, pipeline: bench.pipeline, levels: levels) }
    }
    let orders = logger("orders")
    var own = logger("orders")
    own.logLevel = .warning
    let http = logger("http")
    orders.debug("before")
    levels.set(.debug, for: NamePattern("ord*"))
    #expect(orders.logLevel == .debug && own.logLevel == .warning && http.logLevel == .info)
    orders.debug("after")
    own.debug("own")
    levels.set(nil, for: NamePattern("ord*"))
    orders.debug("back")
    #expect(logger("orders").logLevel == .info)
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    #expect(try bench.lines().map { try DecodedJSON.object($0)["event"] as? String } == ["after"])
  }

  @Test func theLastChangeCountsAndOneForAllReplacesThem() {
    let levels = LogLevels(standard: .info, rules: rules([("a", .error)]))
    levels.set(.debug, for: NamePattern("a"))
    levels.set(.trace, for: NamePattern("*"))
    #expect(levels.level(of: "a") == .trace && levels.level(of: "b") == .trace)
    levels.set(.warning, for: NamePattern("b"))
    #expect(levels.level(of: "a") == .trace && levels.level(of: "b") == .warning)
    levels.set(nil, for: NamePattern("*"))
    #expect(levels.level(of: "a") == .error && levels.level(of: "b") == .info)
  }

  @Test func theSwitchLowersLevelsAndPutsThemBack() {
    let levels = LogLevels(standard: .info, rules: rules([("quiet", .critical), ("loud", .trace)]))
    let cell = levels.cell(for: "quiet")
    #expect(levels.toggleVerbose())
    #expect(cell.level == .debug && levels.level(of: "loud") == .trace && levels.level(of: "x") == .debug)
    #expect(!levels.toggleVerbose())
    #expect(cell.level == .critical && levels.level(of: "x") == .info)
  }

  @Test func labelsWithoutAnEndTakeNoMemoryWithoutAnEnd() {
    let levels = LogLevels(standard: .notice)
    for number in 0..<10_000 { #expect(levels.cell(for: "request \(number)").level == .notice) }
    levels.set(.debug, for: NamePattern("*"))
    #expect(levels.cell(for: "request 1").level == .debug)
  }

  @Test func changingLevelsWhileOthersLogIsSafe() async throws {
    let levels = LogLevels(standard: .info)
    await withTaskGroup { group in
      for number in 0..<4 {
        group.addTask {
          for turn in 0..<500 {
            if number == 0 { levels.set(turn % 2 == 0 ? .debug : .error, for: NamePattern("l*")) }
            _ = levels.cell(for: "l\(turn % 50)").level
          }
        }
      }
    }
    #expect(levels.level(of: "l1") == .error)
  }
}

@Suite struct SignalCounterTests {
  /// A real signal, and its previous handler.
  @Test(.timeLimit(.minutes(1))) func aSignalIsCountedAndItsPreviousHandlerIsCalled() throws {
    enum Before { static let calls = Atomic(0) }
    #expect(Before.calls.load(ordering: .relaxed) == 0)  // created before the handler needs it
    signal(SIGURG) { _ in
      Before.calls.add(1, ordering: .relaxed)
      errno = EDOM
    }
    try #require(SignalCounter.watch(SIGURG))
    let count = SignalCounter.count(SIGURG)
    // Sent to the process, because the threads of a task pool accept no signals.
    kill(getpid(), SIGURG)
    while Before.calls.load(ordering: .relaxed) < 1 { usleep(1000) }
    #expect(SignalCounter.count(SIGURG) == count + 1)
    #expect(SignalCounter.watch(SIGURG))
    kill(getpid(), SIGURG)
    while Before.calls.load(ordering: .relaxed) < 2 { usleep(1000) }
    #expect(SignalCounter.count(SIGURG) == count + 2)
  }

  @Test(arguments: [Int32(0), -1, 65, SIGKILL])
  func whatCannotBeWatchedIsRefused(signal: Int32) {
    #expect(!SignalCounter.watch(signal) && SignalCounter.count(signal) == 0)
  }
}
