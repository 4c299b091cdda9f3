// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorContext
import SpoorExport
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor
@testable import SpoorJournal
@testable import SpoorTracing

/// Reads files with arbitrary content. The reader always terminates and accesses nothing else.
///
/// It reads 300 files here, the same in each run. `scripts/fuzz.sh` runs it for 10 minutes under AddressSanitizer with
/// a new seed.
@Suite struct JournalFuzzTests {
  /// The duration of the run; nil for a fixed number of files.
  private static let seconds = ProcessInfo.processInfo.environment["SPOOR_FUZZ_SECONDS"].flatMap(Double.init)
  private static let seed =
    ProcessInfo.processInfo.environment["SPOOR_FUZZ_SEED"].flatMap(UInt64.init)
    ?? (seconds == nil ? 1 : .random(in: 1 ... .max))

  @Test func noMutationOfAFileMakesTheReaderCrashOrHang() throws {
    var random = SeededGenerator(seed: Self.seed)
    let sample = try SampleJournal(spans: 40)
    let path = "\(sample.path)/\(sample.name)"
    let end = Self.seconds.map { ContinuousClock.now + .seconds($0) }
    print("fuzz: seed \(Self.seed)")
    var rounds = 0
    var readable = 0
    var spans = 0
    while end.map({ ContinuousClock.now < $0 }) ?? (rounds < 300) {
      rounds += 1
      var bytes = sample.bytes
      for _ in 0..<Int.random(in: 1...12, using: &random) { Self.mutate(&bytes, &random) }
      try Data(bytes).write(to: URL(filePath: path))
      guard let journal = try? DeadJournal(sample.directory, name: sample.name) else { continue }
      readable += 1
      spans += Self.readEverything(journal)
    }
    print("fuzz: \(rounds) files, \(readable) read as journals, \(spans) spans encoded")
    #expect(rounds > 0 && readable > 0 && spans > 0, "some mutated files must be readable, or the test checks nothing")
  }

  /// Does everything that a shipper does with a journal.
  private static func readEverything(_ journal: DeadJournal) -> Int {
    let json = ZipkinJSONEncoder()
    let proto = ZipkinProtoEncoder()
    var buffer = EncodeBuffer()
    var spans = 0
    for entry in journal.entries {
      buffer.removeAll()
      let isSpan = journal.withRecord(entry) { record in
        _ = proto.encodeSpan(record, resource: journal.resource, into: &buffer)
        return json.encodeSpan(record, resource: journal.resource, into: &buffer) != nil
      }
      if isSpan ?? false { spans += 1 }
    }
    _ = journal.lines.reduce(0) { $0 + $1.count }
    return spans
  }

  private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    let layout = 128 << 10
    // A random position in the header, the ring or the used slots.
    let offset =
      switch Int.random(in: 0..<10, using: &random) {
      case 0: Int.random(in: 0..<256, using: &random)
      case 1, 2: layout + Int.random(in: 0..<8192, using: &random)
      default: layout + (64 << 10) + Int.random(in: 0..<200 * 512, using: &random)
      }
    guard offset + 8 <= bytes.count else { return }
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[offset] = .random(in: 0...255, using: &random)
    case 1: bytes[offset] ^= 1 << UInt8.random(in: 0...7, using: &random)
    case 2:
      let aligned = offset & ~3
      let value = [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF, 0xFFFF, 400, 65_528].randomElement(using: &random) ?? 0
      for index in 0..<4 { bytes[aligned + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    case 3:
      let aligned = offset & ~7
      let values: [UInt64] = [0, 1, .max, .max >> 1, 1 << 63]
      let value = values.randomElement(using: &random) ?? 0
      for index in 0..<8 { bytes[aligned + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    case 4:
      let length = min(512, bytes.count - offset)
      let source = min(bytes.count - length, layout + (64 << 10) + Int.random(in: 0..<200 * 512, using: &random))
      bytes.replaceSubrange(offset..<offset + length, with: Array(bytes[source..<source + length]))
    default: if Int.random(in: 0..<20, using: &random) == 0 { bytes.removeSubrange(offset...) }
    }
  }
}
