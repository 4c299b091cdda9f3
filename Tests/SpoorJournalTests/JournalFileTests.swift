// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing

@testable import SpoorJournal

/// A directory for one test.
final class TemporaryDirectory: Sendable {
  let path = FileManager.default.temporaryDirectory.appending(path: "spoor-test-\(UUID().uuidString)").path
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ suffix: String = ".spoor") throws -> String {
    try #require(try FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasSuffix(suffix) })
  }

  func count(_ suffix: String) -> Int {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).count { $0.hasSuffix(suffix) }
  }
}

private let resource = Resource(
  service: "order-service", instance: "i-1", tags: [Resource.Tag("service.version", "1.2")], ipv4: "10.0.0.1",
  port: 8080)

/// A journal file with a finished, an open and an undecided span and without an owner.
private func deadFile(_ directory: JournalDirectory, bytes: Int = 2 << 20) throws {
  let journal = try Journal(
    layout: JournalLayout(totalBytes: bytes, logRingBytes: 64 << 10), directory: directory, resource: resource)
  let ring = try unsafe LogRing(memory: journal.logRingMemory)
  unsafe Array("one line\n".utf8).withUnsafeBytes { _ = unsafe ring.append($0, isUrgent: false, patience: 0) }
  let finished = journal.openTestSpan("finished", id: 1)
  journal.write(finished) { $0.setAttribute("long", String(repeating: "x", count: 3000)) }
  _ = journal.end(finished, durationNanoseconds: 5000)
  let open = journal.openTestSpan("open", id: 2)
  journal.write(open) { $0.setAttribute("so far", "this") }
  let undecided = journal.openTestSpan("undecided", id: 3)
  _ = journal.end(undecided, durationNanoseconds: 7000, as: .undecided)
  let gone = journal.openTestSpan("gone", id: 4)
  _ = journal.end(gone, durationNanoseconds: 1, as: .undecided)
  journal.decide(gone, keep: nil)
}

@Suite struct JournalFileTests {
  @Test func whatADeadProcessLeftIsReadBack() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    try deadFile(directory)
    let found = JournalAdoption(directory, maximumBytes: 1 << 30).adopt()
    let dead = try #require(found.journals.first)
    #expect(dead.resource == resource)
    #expect(dead.lines.map { String(decoding: $0, as: UTF8.self) } == ["one line\n"])
    let spans = dead.entries.compactMap { entry in
      dead.withRecord(entry) { (ReadSpan($0), $0.flags, $0.durationNanoseconds) }
    }
    #expect(spans.map(\.0.name) == ["finished", "open", "undecided"])
    #expect(spans[0].0.attributes["long"]?.count == 3000)
    #expect(spans[1].0.attributes == ["so far": "this"])
    #expect(spans[1].1.contains(.interrupted) && spans[1].2 >= 1000)
    #expect(!spans[0].1.contains(.interrupted) && spans[0].2 == 5000)
    dead.remove()
    #expect(temporary.count(".spoor") == 0)
  }

  @Test func aLivingProcesssFileIsNotAdopted() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    let journal = try Journal(layout: JournalLayout(totalBytes: 2 << 20), directory: directory, resource: resource)
    let found = JournalAdoption(directory, maximumBytes: 1 << 30).adopt()
    #expect(found.journals.isEmpty && found.rejected.isEmpty)
    #expect(journal.isInFile && temporary.count(".spoor") == 1)
  }

  @Test func twoProcessesNeverAdoptTheSameFile() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    try deadFile(directory)
    let name = try temporary.file()
    let first = try DeadJournal(directory, name: name)
    #expect(throws: DeadJournal.Refusal.inUse) { try DeadJournal(directory, name: name) }
    #expect(!first.entries.isEmpty)
  }

  @Test func whatWasShippedIsNotShippedAgain() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    try deadFile(directory)
    let name = try temporary.file()
    do {
      let dead = try DeadJournal(directory, name: name)
      dead.markShipped(slot: dead.entries[0].index)
    }
    #expect(try DeadJournal(directory, name: name).entries.count == 2)
  }

  @Test func theSameFileAlwaysGivesTheSameRecord() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    try deadFile(directory)
    let name = try temporary.file()
    func durations() throws -> [UInt64] {
      let dead = try DeadJournal(directory, name: name)
      return dead.entries.compactMap { dead.withRecord($0) { $0.durationNanoseconds } }
    }
    let first = try durations()
    #expect(try durations() == first)
  }

  @Test(arguments: [
    ("magic", 0, [UInt8](repeating: 0, count: 8)), ("version", 8, [2, 0, 0, 0]), ("slot size", 12, [0, 4, 0, 0]),
    ("total size", 16, [0, 0, 0, 1, 0, 0, 0, 0]), ("ring", 24, [255, 255, 255, 255, 0, 0, 0, 0]),
    ("resource's length", 88, [255, 255, 255, 255]), ("resource", 128, [9, 9, 9, 9, 9, 9, 9, 9]),
  ])
  func aFileThatCannotBeTrustedIsSetAside(what: String, offset: UInt64, bytes: [UInt8]) throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    try deadFile(directory)
    let file = try FileHandle(forUpdating: URL(filePath: "\(temporary.path)/\(temporary.file())"))
    try file.seek(toOffset: offset)
    try file.write(contentsOf: Data(bytes))
    try file.close()
    let found = JournalAdoption(directory, maximumBytes: 1 << 30).adopt()
    #expect(found.journals.isEmpty && found.rejected.count == 1, "\(what)")
    #expect(temporary.count(".rejected") == 1 && temporary.count(".spoor") == 0)
  }

  @Test(arguments: [0, 100, 64 << 10, 1 << 20]) func aTruncatedFileIsSetAside(size: UInt64) throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    try deadFile(directory)
    try FileHandle(forUpdating: URL(filePath: "\(temporary.path)/\(temporary.file())")).truncate(atOffset: size)
    #expect(JournalAdoption(directory, maximumBytes: 1 << 30).adopt().rejected.count == 1)
  }

  @Test func theDirectorysLimitTakesTheOldestFirst() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    for _ in 0..<10 { try deadFile(directory) }
    let found = JournalAdoption(directory, maximumBytes: 5 << 20).adopt()
    #expect(found.removed.count == 8 && found.journals.count == 2)
    #expect(temporary.count(".spoor") == 2)
  }

  @Test(
    .enabled(
      if: !Sanitizer.isThreadSanitizer,
      "ThreadSanitizer holds a lock of its own while an atomic access raises the signal"))
  func aFileThatIsTruncatedUnderALivingProcessCostsNoCrash() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    let journal = try Journal(
      layout: JournalLayout(totalBytes: 2 << 20, logRingBytes: 0), directory: directory, resource: resource)
    let before = journal.openTestSpan("before")
    try FileHandle(forUpdating: URL(filePath: "\(temporary.path)/\(temporary.file())")).truncate(atOffset: 4096)
    for number in 0..<200 {
      let span = journal.openTestSpan("after \(number)")
      journal.write(span) { $0.setAttribute("key", "value") }
      #expect(journal.end(span, durationNanoseconds: 1))
    }
    #expect(journal.lostPages > 0)
    #expect(journal.finishedSpans().count == 200)
    _ = journal.end(before, durationNanoseconds: 1)
  }

  @Test func theDirectoryMayGoWhileWeRun() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    let journal = try Journal(layout: JournalLayout(totalBytes: 2 << 20), directory: directory, resource: resource)
    try FileManager.default.removeItem(atPath: temporary.path)
    let span = journal.openTestSpan()
    #expect(journal.end(span, durationNanoseconds: 1))
    #expect(JournalAdoption(directory, maximumBytes: 1 << 30).adopt().journals.isEmpty)
  }

  @Test(arguments: [
    ("order-service", "order-service"), ("../x", "%2E./x".replacingOccurrences(of: "/", with: "%2F")), ("a b", "a%20b"),
    ("", "%"), (".hidden", "%2Ehidden"), ("é", "%C3%A9"), ("v1.2", "v1.2"),
  ])
  func aServicesNameIsOneComponentOfAPath(name: String, expected: String) {
    #expect(JournalDirectory.escaped(name) == expected)
  }

  @Test func aSymbolicLinkIsNotFollowed() throws {
    let temporary = TemporaryDirectory()
    let target = TemporaryDirectory()
    try FileManager.default.createDirectory(atPath: target.path, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: temporary.path, withDestinationPath: target.path)
    #expect(throws: JournalFileError.self) { try JournalDirectory(path: temporary.path) }
  }

  @Test func theDirectoryAndItsFilesArePrivate() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    let journal = try Journal(layout: JournalLayout(totalBytes: 2 << 20), directory: directory, resource: resource)
    func mode(_ path: String) throws -> Int {
      try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }
    #expect(try mode(temporary.path) == 0o700)
    #expect(try mode("\(temporary.path)/\(temporary.file())") == 0o600)
    #expect(journal.isInFile)
  }
}
