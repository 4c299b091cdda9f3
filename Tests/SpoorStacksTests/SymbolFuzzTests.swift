// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing

@testable import SpoorStacks

/// Reads damaged and forged programs: no crash, no hang, no memory beyond the budget.
///
/// It runs for 10 seconds here; `scripts/fuzz.sh` runs it for 10 minutes under AddressSanitizer. The seed is printed,
/// and `SPOOR_FUZZ_SEED` repeats a run.
@Suite struct SymbolFuzzTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seconds = environment["SPOOR_FUZZ_SECONDS"].flatMap(Double.init) ?? 10
  private static let seed = environment["SPOOR_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 1 ... .max)
  private static let limits = ReadingBudget.Limits(nanoseconds: 200_000_000, bytes: 2 << 20)

  /// Runs `round` for a third of the time, because there are three kinds of files. Returns the number of runs.
  private func fuzz(_ salt: UInt64, _ round: (inout SeededGenerator) -> Void) -> Int {
    var random = SeededGenerator(seed: Self.seed &+ salt)
    print("fuzz: seed \(Self.seed)")
    let end = ContinuousClock.now + .seconds(Self.seconds / 3)
    var rounds = 0
    while ContinuousClock.now < end {
      round(&random)
      rounds += 1
    }
    return rounds
  }

  /// Looks up a few addresses in a file, with every detail.
  private func read(_ bytes: [UInt8], addresses: [UInt64], _ random: inout SeededGenerator) -> Int {
    guard let block = MemoryBlock(bytes), let file = SymbolFile(ByteSource(block), limits: Self.limits) else {
      return 0
    }
    var found = 0
    for detail in NameDetail.allCases {
      for _ in 0..<3 {
        let address = random.below(8) == 0 ? random.interesting : addresses[random.below(addresses.count)]
        found += file.symbols(at: address, detail: detail).map(RawSymbol.init).count
        #expect(file.reservedBytes <= Self.limits.bytes)
      }
    }
    return found
  }

  @Test("a program with random damage is read or refused", arguments: ["-gdwarf-4", "-gdwarf-5"])
  func damagedProgram(version: String) throws {
    let program = try SampleProgram(flags: [version, "-O2", "-Wl,--compress-debug-sections=none"])
    let original = try program.bytes()
    let addresses = try program.addresses()
    let layout = SectionLayout(of: original)
    var found = 0
    let rounds = fuzz(version == "-gdwarf-4" ? 1 : 2) { random in
      var bytes = original
      for _ in 0..<(1 + random.below(12)) {
        // Mostly at places that the reader reads.
        let range = random.below(4) > 0 ? layout.ranges[random.below(layout.ranges.count)] : 0..<bytes.count
        guard range.upperBound <= bytes.count, range.count > 16 else { continue }
        let at = range.lowerBound + random.below(range.count - 8)
        switch random.below(5) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 1, 2:
          let value = random.interesting
          for index in 0..<(random.below(2) == 0 ? 4 : 8) {
            bytes[at + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
          }
        case 3: for index in 0..<8 { bytes[at + index] = 0xFF }
        default:
          let from = range.lowerBound + random.below(range.count - 8)
          for index in 0..<8 { bytes[at + index] = bytes[from + index] }
        }
      }
      if random.below(16) == 0 { bytes.removeLast(random.below(bytes.count)) }
      found += read(bytes, addresses: addresses, &random)
    }
    print("fuzz: \(rounds) damaged files, \(found) functions")
    #expect(rounds > 0 && found > 0, "some of the damaged files must be readable, or nothing is tested")
  }

  @Test("a program made to mislead the reader is read or refused")
  func forgedProgram() {
    var found = 0
    let rounds = fuzz(3) { random in
      var forger = Forger(random: random)
      let bytes = forger.program()
      random = forger.random
      found += read(bytes, addresses: (0..<8).map { _ in 0x1000 + UInt64(random.below(0x2000)) }, &random)
    }
    print("fuzz: \(rounds) forged files, \(found) functions")
    #expect(rounds > 0 && found > 0)
  }

  @Test("a name that would expand to terabytes of text stays mangled")
  func harmlessNames() {
    let depth = 40
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    var type = String(repeating: "SDy", count: depth) + "S2iG"
    for index in 1..<depth {
      type += index + 1 < 26 ? "A\(letters[index + 1])G" : "A\(letters[(index + 1) % 26])\(index / 26)_G"
    }
    let name = "$s1m1fyyF\(type)TR"
    #expect(SymbolName.readable(name) == name)
    #expect(!SymbolName.isThunk(name))
    #expect(SymbolName.readable("$s1m1fyyF") == "f()")
  }
}

/// The parts of an ELF file that the reader reads.
private struct SectionLayout {
  let ranges: [Range<Int>]

  init(of bytes: [UInt8]) {
    let budget = ReadingBudget(.command)
    budget.restart()
    var ranges = [0..<64]
    if let block = MemoryBlock(bytes), let elf = ElfFile(ByteSource(block), budget) {
      ranges += elf.sections.values.filter { !$0.isEmpty }
        .map { Int($0.offset)..<Int($0.offset + $0.size) }.sorted { $0.lowerBound < $1.lowerBound }
      if let table = bytes.sectionTable { ranges.append(table) }
    }
    self.ranges = ranges.filter { $0.upperBound <= bytes.count }
  }
}

extension [UInt8] {
  fileprivate var sectionTable: Range<Int>? {
    guard count > 64 else { return nil }
    let start = self[40..<48].reversed().reduce(0) { $0 << 8 | Int($1) }
    let entries = Int(self[60]) | Int(self[61]) << 8
    return start..<(start + 64 * entries)
  }
}

extension MemoryBlock {
  fileprivate convenience init?(_ bytes: [UInt8]) {
    unsafe self.init(count: bytes.count) { output in
      unsafe output.copyBytes(from: bytes)
      return true
    }
  }
}

extension SeededGenerator {
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(Swift.max(limit, 1))) }

  /// Numbers that make careless arithmetic fail.
  var interesting: UInt64 {
    mutating get {
      let edges: [UInt64] = [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFF0, 0x1_0000_0000,
        UInt64(Int64.max), 1 << 63, .max, .max - 1, .max - 7, 0x1000, 0x10_0000,
      ]
      return edges[below(edges.count)] &+ UInt64(below(3)) &- 1
    }
  }
}
