// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorExport

/// A shipper whose stack names arrive when a test provides them.
private final class NamesBench: Sendable {
  let journal: Journal
  let shipper: Shipper
  private let ready = Locked<(known: Set<[UInt64]>, done: (@Sendable () -> Void)?, asked: [[UInt64]])>(([], nil, []))

  init(_ collector: Collector, patience: Duration, isStarted: Bool = true) throws {
    journal = try Journal(layout: JournalLayout(totalBytes: 1 << 20, logRingBytes: 0))
    var settings = ShipperSettings()
    settings.batchAge = .milliseconds(10)
    let ready = self.ready
    shipper = try Shipper(
      journal: journal, resource: Resource(service: "test", instance: "1"), encoder: ZipkinJSONEncoder(),
      curl: CurlSettings(endpoints: [try CollectorEndpoint(collector.url)]), settings: settings,
      names: StackNames(
        patience: patience, areKnown: { stack in ready.withLock { $0.known.contains(stack) } },
        read: { stacks, done in
          ready.withLock {
            $0.done = done
            $0.asked += stacks
          }
          return true
        }))
    if isStarted { try shipper.start() }
  }

  func span(_ id: UInt64, stack: [UInt64] = []) {
    let slot = journal.open(
      SpanStart(traceIDHigh: 1, traceIDLow: 2, spanID: id, startNanoseconds: 3, startMonotonic: 4), name: "span")
    if !stack.isEmpty { _ = journal.write(slot) { $0.setAddresses("error.stack_trace", stack) } }
    _ = journal.end(slot, durationNanoseconds: 1000)
    shipper.flush()
  }

  var asked: [[UInt64]] { ready.withLock { $0.asked } }

  func namesAreThere() {
    ready.withLock {
      $0.known.formUnion($0.asked)
      return $0.done
    }?()
  }
}

@Suite struct StackNamesTests {
  private func id(_ number: UInt64) -> String { String(repeating: "0", count: 15) + String(number) }

  @Test func aSpanWithAStackWaitsForItsNamesAndHoldsUpNoOther() async throws {
    let collector = try Collector()
    let bench = try NamesBench(collector, patience: .seconds(600))
    bench.span(1, stack: [7, 8])
    bench.span(2)
    try await eventually("the collector has the spans") { collector.accepted == [id(2)] }
    #expect(bench.asked.first == [7, 8])
    bench.namesAreThere()
    try await eventually("the collector has the spans") { collector.accepted == [id(1), id(2)] }
    bench.span(3, stack: [7, 8])
    try await eventually("the collector has the spans") { collector.accepted == [id(1), id(2), id(3)] }
    // Another stack has to be read, too.
    bench.span(4, stack: [9])
    try await eventually("the names are asked for") { bench.asked == [[7, 8], [9]] }
    #expect(collector.accepted == [id(1), id(2), id(3)])
    bench.namesAreThere()
    try await eventually("the collector has the spans") { collector.accepted == [id(1), id(2), id(3), id(4)] }
    #expect(await bench.shipper.shutdown(timeout: .seconds(30)).undelivered == 0)
  }

  @Test func namesThatDoNotComeAreNotWaitedForForEver() async throws {
    let collector = try Collector()
    let bench = try NamesBench(collector, patience: .milliseconds(50))
    bench.span(1, stack: [7])
    try await eventually("the collector has the spans") { collector.accepted == [id(1)] }
    #expect(await bench.shipper.shutdown(timeout: .seconds(30)).undelivered == 0)
  }

  @Test func spansOfOneStackAskForItsNamesOnce() async throws {
    let collector = try Collector()
    let bench = try NamesBench(collector, patience: .seconds(600))
    for number in 1...5 { bench.span(UInt64(number), stack: [7, 8]) }
    try await eventually("the spans arrive") { bench.journal.count(.stacks) == 5 && !bench.asked.isEmpty }
    bench.namesAreThere()
    try await eventually("the spans arrive") { collector.accepted == Set((1...5).map { id($0) }) }
    #expect(bench.asked == [[7, 8]])
    _ = await bench.shipper.shutdown(timeout: .seconds(30))
  }

  @Test func aHalfFullJournalSendsThemWithoutNames() async throws {
    let collector = try Collector()
    // The shipper starts with a journal that is already half full. Otherwise it could notice that before the last span
    // is there.
    let bench = try NamesBench(collector, patience: .seconds(600), isStarted: false)
    var sent: UInt64 = 0
    while !bench.journal.isHalfFull {
      sent += 1
      bench.span(sent, stack: [sent])
    }
    try bench.shipper.start()
    try await eventually("the spans arrive") { collector.accepted.count == sent }
    #expect(bench.journal.count(.droppedFull) == 0)
    #expect(await bench.shipper.shutdown(timeout: .seconds(30)).undelivered == 0)
  }

  @Test func aShutdownSendsThemWithoutNamesBeforeItsTimeIsOver() async throws {
    let collector = try Collector()
    let bench = try NamesBench(collector, patience: .seconds(600))
    bench.span(1, stack: [7])
    try await eventually("the names are asked for") { !bench.asked.isEmpty }
    #expect(await bench.shipper.shutdown(timeout: .seconds(3)).undelivered == 0)
    #expect(collector.accepted == [id(1)])
  }
}
