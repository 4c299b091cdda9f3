// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorExport

/// A dead process's file that the system refuses to read after it was adopted.
@Suite struct UnreadableSlotTests {
  /// The descriptor that a dead journal was adopted with, made unreadable: a directory takes its place. Reading from
  /// one is an error (EISDIR), as from a failing disk (EIO).
  private final class BrokenDescriptor: Sendable {
    private let number: Int32
    private let saved: Int32

    init(of name: String, besides others: Set<Int32>) throws {
      number = try #require(Self.open(name).subtracting(others).first)
      saved = dup(number)
      let directory = unsafe Glibc.open("/", O_RDONLY | O_DIRECTORY)
      dup2(directory, number)
      close(directory)
    }

    func mend() {
      dup2(saved, number)
      close(saved)
    }

    /// Descriptors of this process that are open on a file of that name.
    static func open(_ name: String) -> Set<Int32> {
      Set(
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap { number in
          let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")
          return path?.hasSuffix(name) == true ? Int32(number) : nil
        })
    }
  }

  private func deadFile(_ directory: JournalDirectory) throws {
    let journal = try Journal(
      layout: JournalLayout(totalBytes: 2 << 20, logRingBytes: 64 << 10), directory: directory,
      resource: Resource(service: "test", instance: "dead"))
    for id in UInt64(1)...20 {
      let slot = journal.open(
        SpanStart(traceIDHigh: 1, traceIDLow: 2, spanID: id, startNanoseconds: 3, startMonotonic: 4), name: "span")
      // A chain of slots as well as single ones.
      _ = journal.write(slot) { $0.setAttribute("text", String(repeating: "x", count: id % 2 == 0 ? 3000 : 10)) }
      _ = journal.end(slot, durationNanoseconds: 1000)
    }
  }

  @Test(arguments: [true, false]) func spansThatCannotBeReadStayAndAreTriedAgain(becomesReadable: Bool) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "spoor-unreadable-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let directory = try JournalDirectory(path: path)
    try deadFile(directory)
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasSuffix(".spoor") })
    let before = BrokenDescriptor.open(name)
    let collector = try Collector()
    let broken = Locked<BrokenDescriptor?>(nil)
    let failures = Locked<[Int32]>([])
    let journal = try Journal(layout: JournalLayout(totalBytes: 1 << 20, logRingBytes: 0))
    var settings = ShipperSettings()
    settings.batchAge = .milliseconds(10)
    settings.adoptionInterval = .milliseconds(100)
    let shipper = try Shipper(
      journal: journal, resource: Resource(service: "test", instance: "1"), encoder: ZipkinJSONEncoder(),
      curl: CurlSettings(endpoints: [try CollectorEndpoint(collector.url)]), settings: settings,
      adoption: JournalAdoption(directory, maximumBytes: 1 << 30),
      names: StackNames(
        areKnown: { _ in true }, read: { _, _ in false },
        prepare: { dead, done in
          let new = try? BrokenDescriptor(of: dead.fileName, besides: before)
          broken.withLock { $0 = new }
          done()
          return true
        }),
      report: { event in
        if case .fileUnreadable(_, let code) = event { failures.withLock { $0.append(code) } }
      })
    try shipper.start()
    try await eventually("it is tried again") { failures.withLock { $0.count } >= 2 }
    #expect(failures.withLock { $0 }.allSatisfy { $0 == EISDIR })
    let waiting = journal.account()
    #expect(waiting.adopted == 20 && waiting.held == 20 && waiting.dropped == 0)
    // Others are not held up by it.
    let own = journal.open(
      SpanStart(traceIDHigh: 1, traceIDLow: 2, spanID: 99, startNanoseconds: 3, startMonotonic: 4), name: "own")
    _ = journal.end(own, durationNanoseconds: 1000)
    try await eventually("its own span is sent") { collector.accepted.count == 1 }
    guard becomesReadable else {
      let rest = await shipper.shutdown(timeout: .seconds(60))
      #expect(rest.undelivered == 20)
      #expect(FileManager.default.fileExists(atPath: "\(path)/\(name)"), "the next start reads it")
      return
    }
    broken.withLock { $0 }?.mend()
    try await eventually("the spans are sent") { collector.accepted.count == 21 }
    #expect(await shipper.shutdown(timeout: .seconds(60)).undelivered == 0)
    let account = journal.account()
    #expect(account.sent == 21 && account.held == 0 && account.dropped == 0)
    #expect(!FileManager.default.fileExists(atPath: "\(path)/\(name)"))
  }
}
