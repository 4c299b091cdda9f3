// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorContext
import SpoorExport
import SpoorLogging
import SpoorStacks
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor
@testable import SpoorJournal
@testable import SpoorTracing

/// Reads forged files: every length, offset and counter has extreme values, one or several at a time.
///
/// It reads 300 files here; `scripts/fuzz.sh` reads 20 000 under AddressSanitizer, and starts a service with 2 000.
@Suite("A forged journal")
struct ForgedJournalTests {
  private static func setting(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
  }
  private static let count = Int(setting("SPOOR_FORGED_FILES") ?? 300)
  private static let seed = setting("SPOOR_FUZZ_SEED") ?? .random(in: 1 ... .max)

  /// A number in a file: its offset and its size in bytes.
  struct Field {
    let offset: Int
    let bytes: Int
  }

  private static let layoutOfSample = (ring: 128 << 10, slots: (128 << 10) + (64 << 10))

  /// Every number of the header, the crash record's beginning, the ring and the first slots.
  static let fields: [Field] = {
    var fields: [Field] = []
    for offset in stride(from: 0, to: 128, by: 8) { fields.append(Field(offset: offset, bytes: 8)) }
    for offset in [8, 12, 88, 92, 104, 108] { fields.append(Field(offset: offset, bytes: 4)) }
    // The resource's field headers, and the bytes after them.
    for offset in stride(from: 128, to: 256, by: 8) { fields.append(Field(offset: offset, bytes: 8)) }
    for offset in stride(from: 64 << 10, to: (64 << 10) + 512, by: 4) { fields.append(Field(offset: offset, bytes: 4)) }
    let ring = layoutOfSample.ring
    for offset in stride(from: 0, to: 48, by: 8) { fields.append(Field(offset: ring + offset, bytes: 8)) }
    for record in 0..<8 {
      let offset = ring + 128 + record * 48
      fields += [
        Field(offset: offset, bytes: 4), Field(offset: offset + 4, bytes: 4), Field(offset: offset + 8, bytes: 8),
      ]
    }
    for slot in 0..<24 {
      let start = layoutOfSample.slots + slot * 512
      for offset in stride(from: 0, to: 24, by: 4) { fields.append(Field(offset: start + offset, bytes: 4)) }
      for offset in stride(from: 24, to: 112, by: 8) { fields.append(Field(offset: start + offset, bytes: 8)) }
      // Field headers follow: kinds, types and lengths at every place where a field may begin.
      for offset in stride(from: 112, to: 512, by: 8) {
        fields.append(Field(offset: start + offset, bytes: 8))
        fields.append(Field(offset: start + offset + 4, bytes: 2))
        fields.append(Field(offset: start + offset + 6, bytes: 2))
      }
    }
    return fields
  }()

  /// The extremes of a number of this many bytes, and their neighbours.
  static func extremes(_ bytes: Int) -> [UInt64] {
    let bits = UInt64(bytes * 8)
    let largest = bits == 64 ? UInt64.max : (1 << bits) - 1
    let near = [0, 1, 2, 7, 8, 15, 16, 31, 32, 127, 400, 511, 512, 65_528, 65_535, 65_536, (64 << 10) - 128]
    var values = near.map(UInt64.init) + near.map { largest - min(largest, UInt64($0)) }
    values += [largest >> 1, (largest >> 1) + 1, (largest >> 1) - 31, largest - 31]
    if bytes == 8 { values += [1 << 62, (1 << 62) - 16, 1 << 32, (1 << 32) - 1, 1 << 40, .max - 31, .max - 15] }
    return values
  }

  private static func forge(_ whole: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = whole
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard let field = fields.randomElement(using: &random),
        let value = extremes(field.bytes).randomElement(using: &random)
      else { continue }
      for index in 0..<field.bytes {
        bytes[field.offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
      }
    }
    return bytes
  }

  /// Each file has one change: one field of the list with one extreme value. None of them may end the process.
  @Test("with one extreme number is read or set aside, without other effects")
  func oneNumber() throws {
    let sample = try SampleJournal(spans: 20)
    var random = SeededGenerator(seed: Self.seed)
    print("forged: seed \(Self.seed)")
    var read = 0
    // All fields of the header and the ring, and a sample of the slots' many fields.
    var early: [(Field, UInt64)] = []
    var late: [(Field, UInt64)] = []
    for field in Self.fields {
      let changes = Self.extremes(field.bytes).map { (field, $0) }
      if field.offset < Self.layoutOfSample.slots { early += changes } else { late += changes }
    }
    early.shuffle(using: &random)
    late.shuffle(using: &random)
    let chosen: [(Field, UInt64)] = Array(early.prefix(Self.count)) + Array(late.prefix(Self.count))
    for (field, value) in chosen {
      var bytes = sample.bytes
      for index in 0..<field.bytes {
        bytes[field.offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
      }
      read += try sample.readEverything(bytes) ? 1 : 0
    }
    #expect(read > 0, "some must be readable, or the test checks nothing")
  }

  @Test("with several extreme numbers is read or set aside as well")
  func severalNumbers() throws {
    let sample = try SampleJournal(spans: 20)
    var random = SeededGenerator(seed: Self.seed)
    print("forged: seed \(Self.seed)")
    for _ in 0..<Self.count { _ = try sample.readEverything(Self.forge(sample.bytes, &random)) }
  }

  @Test("whose ring ends just below 2^64 gives no lines")
  func ringAtTheEnd() throws {
    let half: UInt64 = 1 << 63
    let ends: [(UInt64, UInt64)] = [
      (.max - 31, .max - 15), (.max - 31, .max), (half, half + 32), (.max - 15, .max - 15), (half / 2, half / 2 + 16),
    ]
    for (tail, head) in ends {
      var region = [UInt8](repeating: 0, count: 4096)
      func store(_ value: UInt64, _ offset: Int) {
        for index in 0..<8 { region[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
      }
      store(LogRing.magic, 0)
      store(1, 8)
      store(UInt64((4096 - 128) & ~15), 16)
      store(head, 24)
      store(tail, 32)
      let lines = unsafe region.withUnsafeBytes { unsafe LogRingRecovery.lines(in: $0) } ?? []
      #expect(lines.isEmpty)
    }
  }

  @Test("that is almost entirely a hole takes neither memory nor time for the hole")
  func sparse() throws {
    let sample = try SampleJournal(spans: 20)
    let sizes: [(Int, Int)] = [
      (2 << 30, 8 << 20), (2 << 30, 1 << 30), (64 << 30, 5 << 30), (5 << 30, 5 << 30), (1 << 40, 0),
    ]
    for (total, ring) in sizes {
      var header = Array(sample.bytes[..<(192 << 10)])
      for (value, offset) in [(UInt64(total), 16), (UInt64(ring), 24)] {
        for index in 0..<8 { header[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
      }
      let before = Self.residentBytes()
      let path = "\(sample.path)/\(sample.name)"
      try Data(header).write(to: URL(filePath: path))
      try FileHandle(forUpdating: URL(filePath: path)).truncate(atOffset: UInt64(total))
      let journal = try? DeadJournal(sample.directory, name: sample.name)
      #expect((journal?.memoryBytes ?? 0) < 1 << 20)
      #expect(Self.residentBytes() - before < 64 << 20)
    }
  }

  @Test("is adopted together with many others within the limits of memory and descriptors")
  func many() throws {
    let sample = try SampleJournal(spans: 20)
    var random = SeededGenerator(seed: Self.seed)
    print("forged: seed \(Self.seed)")
    try FileManager.default.removeItem(atPath: "\(sample.path)/\(sample.name)")
    for number in 0..<Self.count {
      try Data(Self.forge(sample.bytes, &random)).write(to: URL(filePath: "\(sample.path)/\(number).spoor"))
    }
    let before = Self.residentBytes()
    let adoption = JournalAdoption(sample.directory, maximumBytes: .max)
    var seen = 0
    while true {
      let found = adoption.adopt()
      #expect(found.journals.count <= JournalAdoption.mostAdopted)
      seen += found.journals.count + found.rejected.count
      for journal in found.journals { journal.remove() }
      if found.journals.isEmpty && !found.hasMore { break }
    }
    #expect(seen == Self.count)
    #expect(Self.residentBytes() - before < 64 << 20)
  }

  @Test("that three processes in a row died reading is set aside by the next one")
  func deaths() throws {
    let sample = try SampleJournal(spans: 20)
    try sample.write(sample.bytes, marks: .max, deaths: 0)
    #expect(try DeadJournal(sample.directory, name: sample.name).entries.count > 0)
    // A successful read clears the mark.
    #expect(try sample.header(at: JournalHeader.reading) == 0)
    try sample.write(sample.bytes, marks: .max, deaths: 2)
    let refusal = try #require(throws: DeadJournal.Refusal.self) {
      try DeadJournal(sample.directory, name: sample.name)
    }
    guard case .damaged(let damage) = refusal else {
      Issue.record("\(refusal)")
      return
    }
    #expect(damage.description.contains("3 processes died"))
    let found = JournalAdoption(sample.directory, maximumBytes: .max).adopt()
    #expect(found.journals.isEmpty && found.rejected.count == 1)
  }

  @Test("with one slot that two processes died reading is read without that slot")
  func deathsOfSlot() throws {
    let sample = try SampleJournal(spans: 20)
    try sample.write(sample.bytes, marks: 0, deaths: 0)
    let entries = try DeadJournal(sample.directory, name: sample.name).entries
    try sample.write(sample.bytes, marks: entries[3].index + 1, deaths: 1)
    #expect(try DeadJournal(sample.directory, name: sample.name).entries == entries.filter { $0 != entries[3] })
    try sample.write(sample.bytes, marks: entries[3].index + 1, deaths: 0)
    do {
      let journal = try DeadJournal(sample.directory, name: sample.name)
      #expect(journal.entries == entries)
      journal.beginReading(entries[3])
      #expect(try sample.header(at: JournalHeader.reading) == entries[3].index + 1)
      #expect(try sample.header(at: JournalHeader.reading + 4) == 1)
      journal.endReading()
      #expect(try sample.header(at: JournalHeader.reading) == 0)
    }
  }

  // MARK: Support

  static func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
  }
}

extension SampleJournal {
  func write(_ bytes: [UInt8], marks: UInt32, deaths: UInt32) throws {
    var bytes = bytes
    for (value, offset) in [(marks, JournalHeader.reading), (deaths, JournalHeader.reading + 4)] {
      for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
    }
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
  }

  func header(at offset: Int) throws -> UInt32 {
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: "\(path)/\(name)")))[offset..<offset + 4]
    return bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Does everything that a start does with a file. Returns whether it was a journal.
  func readEverything(_ bytes: [UInt8]) throws -> Bool {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
    guard let journal = try? DeadJournal(directory, name: name) else { return false }
    let report = DeadProcessReport.inspectingForTests
    let style = report.style(of: journal) { symbolicator in
      ZipkinJSONEncoder { symbolicator.text(CapturedStack(calls: $0)) }
    }
    let proto = ZipkinProtoEncoder()
    var buffer = EncodeBuffer()
    for entry in journal.entries {
      buffer.removeAll()
      journal.beginReading(entry)
      _ = journal.withRecord(entry, adding: style.attributes(of: entry)) { record in
        _ = proto.encodeSpan(record, resource: journal.resource, into: &buffer)
        return style.encoder.encodeSpan(record, resource: journal.resource, into: &buffer) != nil
      }
    }
    _ = journal.lines.map { report.resolved($0, of: journal) }
    return true
  }
}

extension DeadProcessReport {
  fileprivate static let inspectingForTests = DeadProcessReport(
    limits: .init(record: 10_000, stack: 1000), readsOnDemand: true)
}
