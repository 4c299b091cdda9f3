// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorExport

/// Open spans occupy most of a journal, so finished spans must not wait for a full batch.
@Suite struct NearlyFullJournalTests {
  private let journal: Journal
  private let places: Int

  init() throws {
    let layout = try JournalLayout(totalBytes: 1 << 20, logRingBytes: 0)
    journal = try Journal(layout: layout)
    places = layout.slotCount
  }

  private func open(_ id: UInt64) -> SlotReference {
    journal.open(
      SpanStart(traceIDHigh: 1, traceIDLow: 2, spanID: id, startNanoseconds: 3, startMonotonic: 4), name: "span")
  }

  @Test(.timeLimit(.minutes(2))) func aSpanIsSentAtOnceWhereThreeQuartersOfTheJournalAreTaken() async throws {
    let collector = try Collector()
    var settings = ShipperSettings()
    settings.batchAge = .seconds(3600)
    settings.openSpanAge = nil  // The open spans are not sent; only finished ones are counted.
    let shipper = try Shipper(
      journal: journal, resource: Resource(service: "test", instance: "1"), encoder: ZipkinJSONEncoder(),
      curl: CurlSettings(endpoints: [try CollectorEndpoint(collector.url)]), settings: settings)
    try shipper.start()
    #expect(!journal.isNearlyFull)
    for id in 0..<places * 4 / 5 { #expect(!open(UInt64(id + 1)).isNone) }
    #expect(journal.isNearlyFull)
    // Several times the capacity: a span that finds no slot waits until others have been delivered.
    let ids = (0..<places).map { UInt64(1_000_000 + $0) }
    for id in ids {
      var slot = open(id)
      while slot.isNone {
        try await Task.sleep(for: .milliseconds(1))
        slot = open(id)
      }
      _ = journal.end(slot, durationNanoseconds: 1000)
    }
    for _ in 0..<3000 where collector.accepted.count < ids.count { try await Task.sleep(for: .milliseconds(10)) }
    #expect(collector.accepted.count == ids.count)
    _ = await shipper.shutdown(timeout: .seconds(10))
  }

  @Test func aSpanThatFindsNoPlaceWakesTheShipper() {
    while !open(1).isNone {}
    let rings = journal.bell.count
    #expect(open(2).isNone && journal.bell.count > rings)
  }
}
