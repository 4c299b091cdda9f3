// SPDX-License-Identifier: Apache-2.0

/// The functions of `.symtab` or `.dynsym`, found by address.
///
/// The first search sorts the functions' addresses: 8 bytes a function, and some 10 ms for 100 000. If the budget has
/// no room for that, each search reads the whole table, some 1 ms for 100 000.
final class SymbolTable {
  private let entries: ByteSource
  private let names: ByteSource
  private let budget: ReadingBudget
  /// Sorted: the address in the upper 40 bits, the entry's number in the lower 24.
  private var sorted: [UInt64] = []
  private var isSorted = false
  private var cannotBeSorted = false
  private static let entrySize = 24
  private static let numberBits: UInt64 = 24

  /// A function of the table.
  struct Function {
    var start: UInt64
    var size: UInt64
    var name: UInt32
    /// The rank among entries of the same address: global names before weak ones before local ones.
    var rank: UInt8

    func holds(_ address: UInt64) -> Bool { address >= start && address - start < max(size, 1) }
  }

  /// Nil if the file has no such table.
  init?(_ section: String, in elf: ElfFile, _ budget: ReadingBudget) {
    guard let table = elf.sections["." + section], !table.isEmpty, let text = elf.section(table.link), !text.isEmpty
    else {
      return nil
    }
    entries = elf.bytes(of: table)
    names = elf.bytes(of: text)
    self.budget = budget
    guard entries.count >= Self.entrySize else { return nil }
  }

  deinit { budget.release(sorted.capacity * 8) }

  /// The mangled name and the start of the function that contains an address.
  func find(_ address: UInt64) -> (name: String, start: UInt64)? {
    if !isSorted, !cannotBeSorted { sort() }
    guard let function = isSorted ? searched(address) : scanned(address) else { return nil }
    guard let name = names.text(at: UInt64(function.name)), !name.isEmpty else { return nil }
    return (name, function.start)
  }

  private var count: Int { entries.count / Self.entrySize }

  /// The entry at the cursor; nil if it is not a function of this file.
  private static func function(_ cursor: inout ByteCursor) -> Function? {
    let name = cursor.u32()
    let info = cursor.u8()
    _ = cursor.u8()
    let section = cursor.u16()
    let start = cursor.u64()
    let size = cursor.u64()
    // STT_FUNC or STT_GNU_IFUNC, defined here.
    guard info & 15 == 2 || info & 15 == 10, section != 0, name != 0, start != 0 else { return nil }
    let rank: UInt8 =
      switch info >> 4 {
      case 1: 2
      case 2: 1
      default: 0
      }
    return Function(start: start, size: size, name: name, rank: rank)
  }

  private func sort() {
    cannotBeSorted = true
    guard count < 1 << Int(Self.numberBits) else { return }
    var keys: [UInt64] = []
    var reserved = 0
    var cursor = ByteCursor(entries)
    for number in 0..<count {
      let function = Self.function(&cursor)
      guard !cursor.hasFailed, budget.step() else { break }
      guard let function else { continue }
      guard function.start < 1 << (64 - Self.numberBits) else { continue }
      if keys.count == keys.capacity {
        let wanted = max(keys.capacity * 2, 4096)
        guard budget.reserve(wanted * 8 - reserved) else { return budget.release(reserved) }
        reserved = wanted * 8
        keys.reserveCapacity(wanted)
      }
      keys.append(function.start << Self.numberBits | UInt64(number))
    }
    keys.sort()
    budget.release(reserved)
    // The final capacity of the array is what deinit releases.
    guard budget.reserve(keys.capacity * 8) else { return }
    sorted = keys
    isSorted = true
    cannotBeSorted = false
  }

  private func searched(_ address: UInt64) -> Function? {
    guard address < 1 << (64 - Self.numberBits) else { return nil }
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] >> Self.numberBits <= address { low = middle + 1 } else { high = middle }
    }
    var best: Function?
    var cursor = ByteCursor(entries, windowSize: 64)
    // Symbols of one address are adjacent; a small function can lie inside a large one.
    for index in sorted[max(0, low - 24)..<low].reversed() {
      if let best, index >> Self.numberBits != best.start { break }
      cursor.seek(to: (index & (1 << Self.numberBits - 1)) * UInt64(Self.entrySize))
      guard let function = Self.function(&cursor), !cursor.hasFailed, function.holds(address) else { continue }
      if let known = best, (known.rank, known.size) >= (function.rank, function.size) { continue }
      best = function
    }
    return best
  }

  private func scanned(_ address: UInt64) -> Function? {
    var best: Function?
    var cursor = ByteCursor(entries)
    for _ in 0..<count {
      let function = Self.function(&cursor)
      guard !cursor.hasFailed, budget.step() else { break }
      guard let function, function.holds(address) else { continue }
      if let known = best,
        (known.start, UInt64(known.rank), known.size) >= (function.start, UInt64(function.rank), function.size)
      {
        continue
      }
      best = function
    }
    return best
  }
}
