// SPDX-License-Identifier: Apache-2.0

import SpoorTestSupport

@testable import SpoorStacks

/// Makes ELF files whose debug information looks well formed but is hostile: cyclic references, endless lists, lengths
/// and counts beyond the file, endlessly nested entries, programs that never advance.
struct Forger {
  var random: SeededGenerator
  private var sections: [(name: String, type: UInt32, link: UInt32, bytes: [UInt8])] = []

  init(random: SeededGenerator) { self.random = random }

  mutating func program() -> [UInt8] {
    sections = []
    add("abbrev", abbreviations())
    for name in ["str", "line_str"] { add(name, text()) }
    add("line", lines())
    add("ranges", (0..<random.below(40)).flatMap { _ in address() + address() })
    add("rnglists", (0..<random.below(200)).map { _ in UInt8(random.below(9)) })
    add("addr", (0..<random.below(64)).flatMap { _ in address() })
    add("str_offsets", (0..<random.below(64)).flatMap { _ in number(UInt64(random.below(300)), 4) })
    add("info", (0..<(1 + random.below(4))).flatMap { _ in unit() })
    symbols()
    return file()
  }

  private mutating func add(_ name: String, _ bytes: [UInt8]) { sections.append((".debug_" + name, 1, 0, bytes)) }

  private func number(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  private func uleb(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  /// A value that is correct most of the time.
  private mutating func mostly(_ value: UInt64) -> UInt64 { random.below(12) == 0 ? random.interesting : value }

  private mutating func address() -> [UInt8] { number(mostly(0x1000 + UInt64(random.below(0x2000))), 8) }

  private mutating func text() -> [UInt8] {
    (0..<random.below(600)).map { _ in random.below(6) == 0 ? 0 : UInt8(0x20 + random.below(96)) }
  }

  private mutating func abbreviations() -> [UInt8] {
    let tags: [UInt64] = [0x11, 0x2E, 0x1D, 0x0B, 0x34, 0x4A]
    let names: [UInt64] = [0x03, 0x10, 0x11, 0x12, 0x1B, 0x31, 0x47, 0x55, 0x58, 0x59, 0x6E, 0x72, 0x73, 0x74, 0x01]
    let forms: [UInt64] = [
      1, 5, 6, 8, 0x0A, 0x0B, 0x0D, 0x0E, 0x0F, 0x10, 0x13, 0x16, 0x17, 0x19, 0x1B, 0x1F, 0x21, 0x23,
    ]
    var bytes: [UInt8] = []
    for code in 1...UInt64(4 + random.below(20)) {
      bytes += uleb(random.below(30) == 0 ? random.interesting : code)
      bytes += uleb(code == 1 ? 0x11 : tags[random.below(tags.count)])
      bytes.append(UInt8(random.below(3) > 0 ? 1 : 0))
      for _ in 0..<random.below(9) {
        let form = random.below(20) == 0 ? UInt64(random.below(0x30)) : forms[random.below(forms.count)]
        bytes += uleb(names[random.below(names.count)]) + uleb(form)
        if form == 0x21 { bytes += uleb(random.interesting) }
      }
      bytes += [0, 0]
    }
    if random.below(8) > 0 { bytes.append(0) }
    return bytes
  }

  private mutating func unit() -> [UInt8] {
    let version = UInt64([2, 3, 4, 4, 5, 5, 9][random.below(7)])
    var body = number(version, 2)
    body += version >= 5 ? [1, 8] + number(0, 4) : number(mostly(0), 4) + [8]
    for _ in 0..<random.below(400) {
      switch random.below(6) {
      case 0: body.append(0)
      case 1: body += address()
      case 2: body += number(mostly(UInt64(random.below(300))), 4)
      default: body += uleb(random.below(16) == 0 ? random.interesting : UInt64(1 + random.below(20)))
      }
    }
    return number(mostly(UInt64(body.count)), 4) + body
  }

  private mutating func lines() -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<(1 + random.below(3)) {
      let version = UInt64([2, 3, 4, 5][random.below(4)])
      var header: [UInt8] = [UInt8(random.below(3)), 1, 1, UInt8(truncatingIfNeeded: -5), UInt8(random.below(15)), 13]
      if version < 4 { header.remove(at: 1) }
      header += [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]
      header += version >= 5 ? [1, 1, 0x08] + uleb(mostly(2)) + text() : text() + [0] + text() + [0]
      var program: [UInt8] = []
      for _ in 0..<random.below(300) {
        switch random.below(8) {
        case 0: program += [0, 9, 2] + address()
        case 1: program += [0, 1, 1]
        case 2: program += [2] + uleb(mostly(UInt64(random.below(64))))
        case 3: program += [3] + uleb(random.interesting)
        case 4: program += [0] + uleb(random.interesting)
        default: program.append(UInt8(truncatingIfNeeded: random.next()))
        }
      }
      var body = number(version, 2)
      if version >= 5 { body += [8, 0] }
      body += number(mostly(UInt64(header.count)), 4) + header + program
      bytes += number(mostly(UInt64(body.count)), 4) + body
    }
    return bytes
  }

  private mutating func symbols() {
    var table = [UInt8](repeating: 0, count: 24)
    for _ in 0..<random.below(60) {
      table += number(mostly(UInt64(random.below(300))), 4) + [UInt8([2, 0x12, 0x22, 10, 3][random.below(5)]), 0]
      table += number(1, 2) + address() + number(mostly(UInt64(random.below(0x400))), 8)
    }
    sections.append((".symtab", 2, UInt32(sections.count + 2), table))
    sections.append((".strtab", 3, 0, text()))
  }

  /// The file: header, one executable segment, the sections, their names, their table.
  private mutating func file() -> [UInt8] {
    var names: [UInt8] = [0]
    var content: [UInt8] = []
    var table = [UInt8](repeating: 0, count: 64)
    let start = 64 + 56
    for section in sections + [(".shstrtab", 3, 0, [])] {
      let name = UInt64(names.count)
      names += Array(section.name.utf8) + [0]
      let bytes = section.name == ".shstrtab" ? names : section.bytes
      let isPacked = random.below(40) == 0
      table += number(name, 4) + number(UInt64(section.type), 4) + number(isPacked ? 0x800 : 0, 8) + number(0, 8)
      table += number(mostly(UInt64(start + content.count)), 8) + number(mostly(UInt64(bytes.count)), 8)
      table += number(UInt64(section.link), 4) + number(0, 4) + number(1, 8) + number(24, 8)
      content += bytes
    }
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + number(0, 8)
    bytes += number(3, 2) + number(62, 2) + number(1, 4) + number(0x1000, 8) + number(64, 8)
    bytes += number(UInt64(start + content.count), 8) + number(0, 4) + number(64, 2) + number(56, 2) + number(1, 2)
    bytes += number(64, 2) + number(UInt64(sections.count + 2), 2) + number(UInt64(sections.count + 1), 2)
    bytes += number(1, 4) + number(5, 4) + number(0x1000, 8) + number(0x1000, 8) + number(0x1000, 8)
    bytes += number(0x2000, 8) + number(0x2000, 8) + number(0x1000, 8)
    return bytes + content + table
  }
}
