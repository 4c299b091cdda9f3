// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing

@testable import SpoorJournal

@Suite("The journal's directory")
struct JournalDirectoryTests {
  private func make(_ path: String, mode: Int = 0o700) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  private func reason(_ path: String, existing: Bool = false) throws -> String {
    let error = try #require(throws: JournalFileError.self) {
      _ = existing ? try JournalDirectory(existing: path) : try JournalDirectory(path: path)
    }
    guard case .notPrivate(_, let reason) = error else { return error.description }
    return reason
  }

  @Test("that others can write to is refused and keeps its mode", arguments: [0o777, 0o1777, 0o770, 0o722, 0o702])
  func openToOthers(mode: Int) throws {
    let temporary = TemporaryDirectory()
    try make(temporary.path, mode: mode)
    for existing in [false, true] {
      #expect(try reason(temporary.path, existing: existing).contains("must be writable by this user only"))
      #expect(try self.mode(temporary.path) == mode)
    }
  }

  @Test("that exists keeps its mode, however it is opened", arguments: [0o700, 0o755, 0o750, 0o711])
  func modeStays(mode: Int) throws {
    let temporary = TemporaryDirectory()
    try make(temporary.path, mode: mode)
    let directory = try JournalDirectory(path: temporary.path)
    _ = try JournalDirectory(existing: temporary.path)
    let journal = try Journal(
      layout: JournalLayout(totalBytes: 1 << 20), directory: directory,
      resource: Resource(service: "s", instance: ""))
    #expect(journal.isInFile)
    #expect(try self.mode(temporary.path) == mode)
    #expect(try self.mode("\(temporary.path)/\(temporary.file())") == 0o600)
  }

  @Test("is created with its parents, all of them private")
  func parents() throws {
    let temporary = TemporaryDirectory()
    _ = try JournalDirectory(path: "\(temporary.path)/a//b/./c/")
    for path in ["", "/a", "/a/b", "/a/b/c"] { #expect(try mode(temporary.path + path) == 0o700) }
  }

  @Test("is not reached through a symbolic link anywhere in the path", arguments: 0..<3)
  func links(position: Int) throws {
    let temporary = TemporaryDirectory()
    let target = TemporaryDirectory()
    try make("\(temporary.path)/a/b/c")
    let components = ["a", "b", "c"]
    let link = ([temporary.path] + components[...position]).joined(separator: "/")
    try make("\(target.path)/b/c")
    try FileManager.default.removeItem(atPath: link)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target.path)
    for existing in [false, true] {
      #expect(try reason("\(temporary.path)/a/b/c", existing: existing).contains("symbolic link"))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: target.path) == ["b"])
  }

  @Test("of a user below the temporary directory is used only if nobody else can enter it")
  func ownParent() throws {
    let temporary = TemporaryDirectory()
    let path = JournalDirectory.defaultPath(service: "s", environment: ["TMPDIR": temporary.path])
    try make(temporary.path, mode: 0o1777)
    let parent = (path as NSString).deletingLastPathComponent
    try make(parent, mode: 0o755)
    #expect(try reason(path).contains("must have mode 0700"))
    #expect(try mode(parent) == 0o755)
    try FileManager.default.removeItem(atPath: parent)
    try FileManager.default.createSymbolicLink(atPath: parent, withDestinationPath: "/tmp")
    #expect(try reason(path).contains("symbolic link"))
    try FileManager.default.removeItem(atPath: parent)
    _ = try JournalDirectory(path: path)
    #expect(try mode(parent) == 0o700 && mode(path) == 0o700)
  }

  @Test(
    "of another user is refused", .enabled(if: geteuid() == 0, "needs the right to change the owner of files"),
    arguments: ["", "/spoor-0", "/spoor-0/s"])
  func otherUsers(path: String) throws {
    let temporary = TemporaryDirectory()
    try make(temporary.path, mode: 0o1777)
    try make("\(temporary.path)/spoor-0/s")
    try make("\(temporary.path)/spoor-0")
    try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: temporary.path)
    try FileManager.default.setAttributes([.ownerAccountID: 12345], ofItemAtPath: temporary.path + path)
    // In a directory that others can write to, they may have created the user's directory.
    #expect(try reason("\(temporary.path)/spoor-0/s").contains("but belongs to user 12345"))
  }

  @Test("that is relative is refused, except for a reader")
  func relative() throws {
    #expect(try reason("relative/path").contains("absolute"))
    let temporary = TemporaryDirectory()
    try make(temporary.path)
    let up = FileManager.default.currentDirectoryPath.split(separator: "/").map { _ in ".." }.joined(separator: "/")
    _ = try JournalDirectory(existing: up + temporary.path)
  }

  @Test("takes a smaller journal by default where the file system is small")
  func defaultBytes() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    #expect(directory.defaultBytes(1 << 20) == 1 << 20)
    #expect(directory.defaultBytes(.max) < .max)
  }

  @Test("is not changed by a reader: neither lock nor mark is left, and a file can be adopted afterwards")
  func glance() throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    do {
      let journal = try Journal(
        layout: JournalLayout(totalBytes: 1 << 20), directory: directory,
        resource: Resource(service: "s", instance: ""))
      #expect(DeadJournal.isInUse(directory, name: try temporary.file()))
      _ = journal.openTestSpan("open", id: 1)
    }
    let name = try temporary.file()
    let before = try Data(contentsOf: URL(filePath: "\(temporary.path)/\(name)"))
    #expect(!DeadJournal.isInUse(directory, name: name))
    do {
      let journal = try DeadJournal(directory, name: name, ownership: .glance)
      journal.whileReading { journal.beginReading(journal.entries[0]) }
      // A reader does not prevent the adoption of the file.
      #expect(try DeadJournal(directory, name: name).entries.count == 1)
    }
    #expect(try Data(contentsOf: URL(filePath: "\(temporary.path)/\(name)")) == before)
  }

  // MARK: The ring after lost pages

  @Test(
    "truncated under a ring: later lines are written and found by the next start",
    .enabled(
      if: !Sanitizer.isThreadSanitizer,
      "ThreadSanitizer holds a lock of its own while an atomic access raises the signal"),
    arguments: [0, 4096, 140_000])
  func truncatedRing(size: UInt64) throws {
    let temporary = TemporaryDirectory()
    let directory = try JournalDirectory(path: temporary.path)
    let journal = try Journal(
      layout: JournalLayout(totalBytes: 1 << 20, logRingBytes: 64 << 10), directory: directory,
      resource: Resource(service: "s", instance: ""))
    let ring = try unsafe LogRing(memory: journal.logRingMemory)
    func append(_ text: String) -> Bool {
      unsafe Array("\(text)\n".utf8).withUnsafeBytes { unsafe ring.append($0, isUrgent: false, patience: 0) }
        == .committed
    }
    func drain() -> [String] {
      var lines: [String] = []
      unsafe ring.forEachCommitted { line, position, _ in
        unsafe lines.append(String(decoding: line.dropLast(), as: UTF8.self))
        ring.markWritten(position)
        return true
      }
      ring.advance()
      return lines
    }
    for number in 0..<300 { #expect(append("before \(number) \(String(repeating: "x", count: 100))")) }
    try FileHandle(forUpdating: URL(filePath: "\(temporary.path)/\(temporary.file())")).truncate(atOffset: size)
    // More than the ring holds, so that a stuck ring would be noticed.
    var written: [String] = []
    for round in 0..<20 {
      for number in 0..<100 { #expect(append("after \(round).\(number) \(String(repeating: "y", count: 100))")) }
      written += drain().filter { $0.hasPrefix("after") }
    }
    #expect(written.count == 2000)
    #expect(ring.isEmpty)
    #expect(append("the last"))
    let found = unsafe LogRingRecovery.lines(in: UnsafeRawBufferPointer(journal.logRingMemory))
    #expect(found?.map { String(decoding: $0, as: UTF8.self) } == ["the last\n"])
    #expect(journal.lostPages > 0)
  }

  /// The temporary directory's own mode is that of a directory of the test's user.
  @Test(arguments: [
    (0o2770, JournalDirectory.Access.own, false), (0o700, .own, true), (0o2770, .shared(group: getgid()), true),
    (0o700, .shared(group: getgid()), false), (0o2772, .shared(group: getgid()), false),
    (0o2770, .shared(group: getgid() + 1), false), (0o2770, .foreign, true), (0o700, .foreign, true),
    (0o2772, .foreign, false),
  ])
  func whoMayWriteToADirectoryDependsOnTheAccess(mode: Int, access: JournalDirectory.Access, isAllowed: Bool) throws {
    let temporary = TemporaryDirectory()
    try make(temporary.path, mode: mode)
    do throws(JournalFileError) {
      _ = try JournalDirectory(existing: temporary.path, access: access)
      #expect(isAllowed)
    } catch {
      #expect(!isAllowed, "\(error)")
    }
  }
}
