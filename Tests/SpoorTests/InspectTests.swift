// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorInspect
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// The basis of `spoor journal`, on files of real systems.
@Suite struct InspectTests {
  @Test func aLivingProcesssFileShowsWhatItHolds() async throws {
    let bench = try SystemBench { _ in .answer(503) }
    let system = try bench.system(journal: nil)
    system.tracer.withSpan("finished") { $0.attributes["order.id"] = "ORD7890" }
    let open = system.tracer.startSpan("open")
    let files = try JournalFile.all(in: bench.directory)
    let file = try #require(files.first)
    #expect(files.count == 1 && file.state == .live && file.problem == nil)
    let content = try #require(file.content)
    #expect(content.service == "test-service" && content.processID == UInt64(getpid()))
    #expect(content.openSpans == 1 && content.finishedSpans == 1 && content.damagedSpans == 0)
    let spans = try DecodedJSON.objects(content.zipkinJSON)
    #expect(Set(spans.compactMap { $0["name"] as? String }) == ["finished", "open"])
    open.end()
    _ = await system.shutdown(timeout: .milliseconds(50))
  }

  @Test func aDeadProcesssFileIsShippedAndGone() async throws {
    let bench = try EndingBench { _ in .answer(503) }
    try bench.run("crash")
    let file = try #require(try JournalFile.all(in: bench.journal).first)
    #expect(file.state == .dead && file.content?.openSpans == 1 && file.content?.finishedSpans == 1)
    let collector = try SocketServer { _ in .answer(202) }
    let shipment = try await JournalShipment.ship(
      bench.journal, to: "http://127.0.0.1:\(collector.port)/api/v2/spans"
    ) { _ in }
    #expect(shipment.delivered == 2 && shipment.undelivered == 0 && shipment.files == 1)
    #expect(try JournalFile.all(in: bench.journal).isEmpty)
  }

  @Test func whatNobodyTakesStays() async throws {
    let bench = try EndingBench { _ in .answer(503) }
    try bench.run("crash")
    let shipment = try await JournalShipment.ship(
      bench.journal, to: "http://127.0.0.1:9/api/v2/spans", timeout: .seconds(3)
    ) { _ in }
    #expect(shipment.delivered == 0 && shipment.undelivered == 2 && shipment.lastFailure != nil)
    #expect(try JournalFile.all(in: bench.journal).count == 1)
  }

  @Test(
    .enabled(
      if: Sanitizer.isOff,
      "Swift's Runtime finds no names in a file that has a sanitizer in it"))
  func aDeadProcesssStacksHaveTheirNames() async throws {
    let bench = try EndingBench()
    try bench.run("failure", environment: ["OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:9/api/v2/spans"])
    let content = try #require(try JournalFile.all(in: bench.journal).first?.content)
    let line = try #require(content.lines.first { String(decoding: $0, as: UTF8.self).contains("payment_timeout") })
    let record = try DecodedJSON.object(String(decoding: line, as: UTF8.self))
    let stack = try #require(record["error.stack_trace"] as? String)
    #expect(stack.hasPrefix("static EndingProbe.charge() at EndingProbe.swift:"), "\(stack)")
  }

  @Test func aFileThatIsNoneSaysWhy() throws {
    let bench = try SystemBench()
    try FileManager.default.createDirectory(
      atPath: bench.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try Data("nothing of ours".utf8).write(to: URL(filePath: "\(bench.directory)/x.spoor"))
    let file = try #require(try JournalFile.all(in: bench.directory).first)
    #expect(file.state == .rejected && file.content == nil && file.problem?.isEmpty == false)
    #expect(throws: JournalUnreadable.self) { try JournalFile.all(in: "/proc/nowhere") }
  }
}
