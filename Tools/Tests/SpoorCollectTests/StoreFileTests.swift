// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Logging
import SpoorModel
import Testing
import ToolsTestSupport

@testable import SpoorCollect

private func span(_ trace: UInt64, id: UInt64 = 1, name: String = "work") throws -> ZipkinSpan {
  ZipkinSpan(
    traceID: try #require(ZipkinTraceID(high: 0, low: trace)), id: try #require(ZipkinSpanID(id)), name: name,
    timestamp: 1_700_000_000_000_000, duration: 1000, localEndpoint: ZipkinEndpoint(serviceName: "a"),
    tags: [ZipkinTag(key: "k", value: String(repeating: "x", count: 100))])
}

/// Keeps errors that were logged.
private final class ErrorLog: LogHandler, @unchecked Sendable {  // `messages` is guarded by `lock`.
  private let lock = NSLock()
  private var messages: [String] = []
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level = .error

  var all: String { lock.withLock { messages.joined(separator: "\n") } }

  var logger: Logger { Logger(label: "test") { _ in self } }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) { lock.withLock { messages.append("\(event.message)") } }
}

@Suite struct StoreFileTests {
  /// Calls `body` with a path for a store in its own directory, which exists during the test.
  private func withStore(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "spoor-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.appending(path: "traces.sqlite").path)
  }

  private func refusal(_ path: String) -> String? {
    do {
      _ = try TraceStore(path: path, maximumBytes: 1 << 24)
      return nil
    } catch let error as StoreError {
      return error.description
    } catch {
      return "another error: \(error)"
    }
  }

  @Test func aSecondCollectorIsRefusedAtStart() async throws {
    try await withStore { path in
      let store = try TraceStore(path: path, maximumBytes: 1 << 24)
      #expect(refusal(path)?.contains("one collector only, but process \(getpid()) uses it") == true)
      // Also by another name of the same file.
      let link = path + "-link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
      #expect(refusal(link)?.contains("one collector only") == true)
      try await store.add([span(1)])
      #expect(store.currentCounts.traces == 1)
    }
  }

  @Test(arguments: ["PRAGMA user_version = 7", "INSERT INTO grdb_migrations VALUES ('7')"])
  func aStoreOfALaterVersionIsRefusedAndNotTouched(change: String) async throws {
    try await withStore { path in
      do { try await TraceStore(path: path, maximumBytes: 1 << 24).add([span(1)]) }
      try await DatabaseQueue(path: path).write { try $0.execute(sql: change) }
      let text = try #require(refusal(path))
      #expect(text.contains("must be of version 6 or older, but is of a later one (7)"), "\(text)")
      let count = try await DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM traces") }
      #expect(count == 1)
    }
  }

  @Test func anotherProgramsFileIsRefusedAndNotTouched() async throws {
    try await withStore { path in
      try await DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE notes (text TEXT)") }
      #expect(refusal(path)?.contains("another program's SQLite file") == true)
      #expect(refusal(path)?.contains("another program's SQLite file") == true)
      let text = path + ".txt"
      try Data("my notes, which are no database at all, and longer than a header".utf8).write(to: URL(filePath: text))
      #expect(refusal(text)?.contains("cannot be read as one") == true)
      #expect(refusal(text)?.contains("cannot be read as one") == true)
      #expect(try String(contentsOfFile: text, encoding: .utf8).hasPrefix("my notes"))
    }
  }

  @Test(arguments: ["", "/directory/"])
  func onlyItsUserMayReadAStore(suffix: String) async throws {
    try await withStore { path in
      let path = path + suffix
      if suffix.isEmpty {
        #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o644]))
      }
      let store = try TraceStore(path: path, maximumBytes: 1 << 24)
      try await store.add([span(1)])
      let file = suffix.isEmpty ? path : path + "traces.sqlite"
      for (name, mode) in [(file, 0o600), (file + "-wal", 0o600), (file + "-shm", 0o600), (file + "-lock", 0o600)] {
        let attributes = try FileManager.default.attributesOfItem(atPath: name)
        #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
      }
      if !suffix.isEmpty {
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o700)
      }
    }
  }

  @Test(arguments: ["/proc/spoor", "/nowhere/traces.sqlite", "/dev/null"])
  func aPlaceWhereNothingCanBeWrittenIsRefused(path: String) {
    #expect(refusal(path)?.contains("the store") == true)
  }

  /// Short here; `scripts/hostile.sh damage` does it at 200 places.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func whatADamagedStoreHasLostIsNamed(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    try await withStore { path in
      do {
        let store = try TraceStore(path: path, maximumBytes: 1 << 24)
        for first in stride(from: UInt64(1), to: 300, by: 10) {
          try await store.add((first..<first + 10).flatMap { try [span($0), span($0, id: 2)] })
        }
      }
      let url = URL(filePath: path)
      var data = try Data(contentsOf: url)
      // The header, any page, or many bytes.
      let place = seed == 1 ? 0 : seed == 2 ? 100 : Int.random(in: 0..<data.count, using: &random)
      let length = min(data.count - place, [1, 16, 4096].randomElement(using: &random) ?? 1)
      for index in place..<place + length { data[index] = ~data[index] }
      try data.write(to: url)

      let errors = ErrorLog()
      let store = try TraceStore(path: path, maximumBytes: 1 << 24, logger: errors.logger)
      var lost = 0
      for trace in UInt64(1)...300 {
        let found = try await store.spans(of: try #require(ZipkinTraceID(high: 0, low: trace)))
        if try found.map(Set.init) != [span(trace), span(trace, id: 2)] { lost += 1 }
      }
      #expect(lost == 0 || errors.all.contains("damaged"), "seed \(seed): \(lost) lost; \(errors.all)")
      try await store.add([span(1000)])
      #expect(try await store.spans(of: try #require(ZipkinTraceID(high: 0, low: 1000)))?.count == 1)
    }
  }

  @Test func damageToTheLogBesideAStoreIsNoticed() async throws {
    try await withStore { path in
      let copy = path + "-copy"
      do {
        let store = try TraceStore(path: path, maximumBytes: 1 << 24)
        for trace in UInt64(1)...20 { try await store.add([span(trace)]) }
        // As after a kill, the log is not yet merged into the store.
        for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix) }
        #expect(WriteAheadLog.finding(beside: copy) == nil)
      }
      let log = URL(filePath: copy + "-wal")
      var data = try Data(contentsOf: log)
      data[data.count / 2] ^= 1
      try data.write(to: log)
      guard case .damaged(let reason) = WriteAheadLog.finding(beside: copy) else {
        Issue.record("no damage was found")
        return
      }
      #expect(reason.contains("transactions in its write-ahead log are damaged"))
      data[data.count / 2] ^= 1
      // Every byte of the last frame's header and of the log's own, and a sample of all others. The last frame's salts
      // once passed for those of an earlier round.
      let frame = 24 + 4096
      #expect((data.count - 32) % frame == 0)
      let last = data.count - frame
      for offset in Array(0..<32) + Array(last..<last + 24) + Array(stride(from: 32, to: data.count, by: 997)) {
        var damaged = data
        damaged[offset] ^= 0x55
        try damaged.write(to: log)
        #expect(WriteAheadLog.finding(beside: copy) != nil, "byte \(offset) of \(data.count)")
      }
      var overwritten = data
      for offset in (last - 500)..<(last + 500) { overwritten[offset] = UInt8.random(in: 0...255) }
      try overwritten.write(to: log)
      #expect(WriteAheadLog.finding(beside: copy) != nil)
      // A killed process leaves the frame's header, and an older page behind it: nothing that was answered is lost.
      var unfinished = data
      for offset in (last + 24)..<data.count { unfinished[offset] = 0 }
      try unfinished.write(to: log)
      #expect(WriteAheadLog.finding(beside: copy) == .unfinished)
      let errors = ErrorLog()
      errors.logLevel = .warning
      _ = try TraceStore(path: copy, maximumBytes: 1 << 24, logger: errors.logger)
      #expect(errors.all.contains("is left out") && !errors.all.contains("repaired"), "\(errors.all)")
    }
  }

  @Test func aDamagedRowCostsOnlyItself() async throws {
    try await withStore { path in
      let errors = ErrorLog()
      let store = try TraceStore(path: path, maximumBytes: 1 << 24, logger: errors.logger)
      try await store.add([span(1), span(2)])
      try await store.add([span(1, id: 2)])
      try await store.pool.write { db in
        try db.execute(
          sql: "UPDATE chunks SET body = x'0aff' WHERE id = 1; UPDATE traces SET calls = 'text', spans = 'x'")
      }
      #expect(try await store.spans(of: try #require(ZipkinTraceID(high: 0, low: 1)))?.count ?? 0 <= 1)
      let filter = TraceFilter()
      _ = try await store.summaries(filter, .init(limit: 10)) { $0 }
      _ = try await store.traces(filter)
      #expect(try await store.chunk(of: 1, after: 0) != nil)
      #expect(store.currentCounts.rowsDamaged > 0 && errors.all.contains("damaged rows"))
    }
  }
}
