// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor
@testable import SpoorJournal

/// The journal with bad places, bad clocks and long outages.
@Suite struct JournalPlaceTests {
  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a tmpfs"))
  func aFullDiskMeansMemoryAndIsSaidOnce() async throws {
    let disk = try #require(SmallDisk())
    let bench = try SystemBench()
    let system = try bench.system(journal: .directory("\(disk.path)/journal"))
    #expect(!system.journal.isInFile)
    system.tracer.withSpan("still serves") { _ in }
    let report = await system.shutdown(timeout: .seconds(10))
    #expect(report.undeliveredSpans == 0 && bench.names() == ["still serves"])
    let said = bench.lines.filter { $0["event"] as? String == "journal_in_memory" }
    #expect(said.count == 1 && (said.first?["reason"] as? String)?.contains("No space left") == true)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(disk.path)/journal").isEmpty, "no unfinished file is left")
  }

  /// Changes the header of a file before it is adopted, and returns the delivered spans.
  private func adopted(
    _ change: (inout Data) -> Void, open: Bool = true
  ) async throws -> (spans: [[String: Any]], lines: [[String: Any]]) {
    let silent = try SystemBench { _ in .answer(503) }
    let first = try silent.system(journal: nil)
    let span = first.tracer.startSpan("left")
    if !open { span.end() }
    first.journal.releaseFileForTesting()
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: silent.directory).first { $0.hasSuffix(".spoor") })
    // Another directory is used, because the first system's thread keeps its own file.
    let bench = try SystemBench()
    try FileManager.default.createDirectory(
      atPath: bench.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    var data = try Data(contentsOf: URL(filePath: "\(silent.directory)/\(name)"))
    change(&data)
    try data.write(to: URL(filePath: "\(bench.directory)/\(name)"))
    let second = try bench.system(journal: nil)
    _ = await second.shutdown(timeout: .seconds(10))
    span.end()
    _ = await first.shutdown(timeout: .milliseconds(10))
    return (bench.delivered, bench.lines)
  }

  private func store(_ value: UInt64, at offset: Int, in data: inout Data) {
    data.replaceSubrange(offset..<offset + 8, with: unsafe withUnsafeBytes(of: value.littleEndian) { unsafe Array($0) })
  }

  @Test func aDeadProcessWithOurOwnIdIsAdopted() async throws {
    // The first process of every container has the id 1, so the lock and not the id shows whether it is alive.
    let found = try await adopted { store(UInt64(getpid()), at: JournalHeader.processID, in: &$0) }
    #expect(found.spans.compactMap { $0["name"] as? String } == ["left"])
    #expect(
      found.lines.contains { $0["event"] as? String == "process_interrupted" && $0["pid"] as? Int == Int(getpid()) })
  }

  @Test func aClockThatWasSetBackMakesNoNegativeDuration() async throws {
    let found = try await adopted { data in
      store(1, at: JournalHeader.heartbeatRealtime, in: &data)
      store(1, at: JournalHeader.heartbeatMonotonic, in: &data)
    }
    #expect(found.spans.first?["duration"] as? Int == 1, "unknown: the minimum")
    let line = try #require(found.lines.first { $0["event"] as? String == "process_interrupted" })
    #expect(line["last_seen"] as? String == "1970-01-01T00:00:00.000Z")
  }

  @Test func anOutageThatTheJournalCanHoldLosesNothing() async throws {
    let isBack = Locked(false)
    let bench = try SystemBench { _ in isBack.withLock { $0 } ? .answer(202) : .answer(503) }
    let system = try bench.system { $0.journal.bytes = 2 << 20 }
    let capacity = system.journal.layout.slotCount
    for number in 0..<capacity { system.tracer.withSpan("span \(number)") { _ in } }
    #expect(system.journal.count(.droppedFull) == 0)
    // Above the capacity the newest spans are dropped, and each one is counted.
    for number in 0..<77 { system.tracer.withSpan("beyond \(number)") { _ in } }
    #expect(system.journal.count(.droppedFull) == 77)
    isBack.withLock { $0 = true }
    let report = await system.shutdown(timeout: .seconds(30))
    #expect(report.undeliveredSpans == 0)
    #expect(bench.names() == Set((0..<capacity).map { "span \($0)" }))
    #expect(bench.lines.contains { $0["event"] as? String == "spans_dropped" })
  }

  @Test func aReadOnlyDirectoryMeansMemory() async throws {
    // Root can write everywhere except on a read-only file system.
    let bench = try SystemBench()
    var configuration = SpoorConfiguration()
    configuration.service.name = "test-service"
    configuration.export.endpoints = ["http://127.0.0.1:\(bench.server.port)/api/v2/spans"]
    let resolved = try ResolvedConfiguration(configuration, environment: ["XDG_STATE_HOME": "/proc/spoor"])
    let system = try SpoorSystem(resolved)
    #expect(!system.journal.isInFile)
    _ = await system.shutdown(timeout: .seconds(1))
  }
}
