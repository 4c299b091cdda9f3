import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorExport

/// A shipper, with names of stacks that come when a test says so.
private final class NamesBench: Sendable {
  let journal: Journal
  let shipper: Shipper
  private let ready = Locked<(isReady: Bool, done: (@Sendable () -> Void)?, asked: [[UInt64]])>((false, nil, []))

  init(_ collector: Collector, patience: Duration) throws {
    journal = try Journal(layout: JournalLayout(totalBytes: 1 << 20, logRingBytes: 0))
    var settings = ShipperSettings()
    settings.batchAge = .milliseconds(10)
    let ready = self.ready
    shipper = try Shipper(
      journal: journal, resource: Resource(service: "test", instance: "1"), encoder: ZipkinJSONEncoder(),
      curl: CurlSettings(endpoints: [try CollectorEndpoint(collector.url)]), settings: settings,
      names: StackNames(
        patience: patience, areReady: { ready.withLock { $0.isReady } },
        prepare: { addresses, done in
          ready.withLock {
            $0.done = done
            $0.asked.append(addresses)
          }
        }))
    try shipper.start()
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
      $0.isReady = true
      return $0.done
    }?()
  }
}

@Suite struct StackNamesTests {
  private func id(_ number: UInt64) -> String { String(repeating: "0", count: 15) + String(number) }

  private func wait(_ until: () -> Bool) async throws {
    for _ in 0..<3000 where !until() { try await Task.sleep(for: .milliseconds(10)) }
    #expect(until())
  }

  @Test func aSpanWithAStackWaitsForItsNamesAndHoldsUpNoOther() async throws {
    let collector = try Collector()
    let bench = try NamesBench(collector, patience: .seconds(600))
    bench.span(1, stack: [7, 8])
    bench.span(2)
    try await wait { collector.accepted == [id(2)] }
    #expect(bench.asked.first == [7, 8])
    bench.namesAreThere()
    try await wait { collector.accepted == [id(1), id(2)] }
    bench.span(3, stack: [9])
    try await wait { collector.accepted == [id(1), id(2), id(3)] }
    #expect(await bench.shipper.shutdown(timeout: .seconds(30)).undelivered == 0)
  }

  @Test func namesThatDoNotComeAreNotWaitedForForEver() async throws {
    let collector = try Collector()
    let bench = try NamesBench(collector, patience: .milliseconds(50))
    bench.span(1, stack: [7])
    try await wait { collector.accepted == [id(1)] }
    #expect(await bench.shipper.shutdown(timeout: .seconds(30)).undelivered == 0)
  }

  @Test func aShutdownDoesNotWaitForThem() async throws {
    let collector = try Collector()
    let bench = try NamesBench(collector, patience: .seconds(600))
    bench.span(1, stack: [7])
    try await wait { !bench.asked.isEmpty }
    #expect(await bench.shipper.shutdown(timeout: .seconds(30)).undelivered == 0)
    #expect(collector.accepted == [id(1)])
  }
}
