// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// A section of an ELF file.
struct ElfSection: Hashable {
  var name: UInt32 = 0
  var type: UInt32 = 0
  var flags: UInt64 = 0
  var address: UInt64 = 0
  var offset: UInt64 = 0
  var size: UInt64 = 0
  var link: UInt32 = 0
  var alignment: UInt64 = 0

  /// The section has no bytes in this file: `SHT_NULL` and `SHT_NOBITS`.
  var isEmpty: Bool { type == 0 || type == 8 || size == 0 }
  /// `SHF_COMPRESSED`
  var isCompressed: Bool { flags & 0x800 != 0 }
}

/// The headers of a 64-bit little-endian ELF file.
///
/// The content of the file is not trusted. Every offset is checked when it is read, and at most 4 096 sections and 256
/// segments are read.
struct ElfFile {
  let whole: ByteSource
  /// The linker's build ID in hex; nil if there is none.
  let buildID: String?
  /// Address ranges of executable segments, as in the file.
  let code: [Range<UInt64>]
  private(set) var sections: [String: ElfSection] = [:]
  private let ordered: [ElfSection]

  /// Nil if the file is not such an ELF file.
  init?(_ whole: ByteSource, _ budget: ReadingBudget) {
    self.whole = whole
    var header = ByteCursor(whole, windowSize: 4096)
    // "\u{7F}ELF", 64 bits, little endian, version 1.
    guard header.u32() == 0x464C_457F, header.u8() == 2, header.u8() == 1 else { return nil }
    header.seek(to: 32)
    let segmentTable = header.u64()
    let sectionTable = header.u64()
    header.seek(to: 54)
    let segmentSize = header.u16()
    let segmentCount = min(header.u16(), 256)
    let sectionSize = header.u16()
    let shortSectionCount = header.u16()
    let shortNameIndex = header.u16()
    guard !header.hasFailed else { return nil }

    var code: [Range<UInt64>] = []
    var notes: [(offset: UInt64, size: UInt64)] = []
    if segmentSize >= 56 {
      for index in 0..<UInt64(segmentCount) {
        header.seek(to: segmentTable &+ index &* UInt64(segmentSize))
        let type = header.u32()
        let flags = header.u32()
        let offset = header.u64()
        let address = header.u64()
        _ = header.u64()
        let fileSize = header.u64()
        let memorySize = header.u64()
        guard !header.hasFailed, budget.step() else { break }
        if type == 1, flags & 1 != 0, memorySize <= .max - address { code.append(address..<(address + memorySize)) }
        if type == 4 { notes.append((offset, fileSize)) }
      }
    }
    self.code = code

    var ordered: [ElfSection] = []
    var nameIndex = UInt64(shortNameIndex)
    if sectionSize >= 64, sectionTable != 0 {
      var count = UInt64(shortSectionCount)
      // If there are more sections than 16 bits can count, the first section's size and link hold the numbers.
      let first = Self.section(&header, at: sectionTable)
      if count == 0 { count = first.size }
      if nameIndex == 0xFFFF { nameIndex = UInt64(first.link) }
      for index in 0..<min(count, 4096) {
        let section = Self.section(&header, at: sectionTable &+ index &* UInt64(sectionSize))
        guard !header.hasFailed, budget.step() else { break }
        ordered.append(section)
      }
    }
    self.ordered = ordered
    if nameIndex < UInt64(ordered.count) {
      let names = Self.bytes(of: ordered[Int(nameIndex)], in: whole)
      for section in ordered where section.type != 0 {
        guard budget.step() else { break }
        // The first section of a name counts.
        if let name = names.text(at: UInt64(section.name)), Self.isWanted(name), sections[name] == nil {
          sections[name] = section
        }
      }
    }
    notes = ordered.filter { $0.type == 7 }.map { ($0.offset, $0.size) } + notes
    buildID = notes.lazy.compactMap { Self.buildID(at: $0.offset, size: $0.size, in: whole) }.first
  }

  /// The build ID of the file at a path; nil if it cannot be read, is not an ELF file or has none. Reads a few
  /// kilobytes.
  static func buildID(path: String) -> String? {
    guard let file = OpenFile(path: path) else { return nil }
    let budget = ReadingBudget(.service)
    budget.restart()
    return ElfFile(ByteSource(file), budget)?.buildID
  }

  /// The section of a symbol table's names.
  func section(_ index: UInt32) -> ElfSection? { index < UInt32(ordered.count) ? ordered[Int(index)] : nil }

  /// A section's bytes as they are in the file.
  func bytes(of section: ElfSection) -> ByteSource { Self.bytes(of: section, in: whole) }

  private static func bytes(of section: ElfSection, in whole: ByteSource) -> ByteSource {
    whole.part(offset: section.offset, count: section.isEmpty ? 0 : section.size)
  }

  private static func isWanted(_ name: String) -> Bool {
    name.hasPrefix(".debug_") || name.hasPrefix(".zdebug_") || name.hasPrefix(".gnu_debug") || name == ".symtab"
      || name == ".dynsym"
  }

  private static func section(_ header: inout ByteCursor, at position: UInt64) -> ElfSection {
    header.seek(to: position)
    var section = ElfSection()
    section.name = header.u32()
    section.type = header.u32()
    section.flags = header.u64()
    section.address = header.u64()
    section.offset = header.u64()
    section.size = header.u64()
    section.link = header.u32()
    _ = header.u32()
    section.alignment = header.u64()
    return section
  }

  /// Notes are {length of the name, of the content, type}, name and content, each padded to 4 bytes.
  private static func buildID(at offset: UInt64, size: UInt64, in file: ByteSource) -> String? {
    var notes = ByteCursor(file, windowSize: 1024)
    guard size <= 64 << 10, offset <= UInt64(file.count) else { return nil }
    notes.setLimit(offset + size)
    notes.seek(to: offset)
    while !notes.isAtEnd {
      let nameSize = UInt64(notes.u32())
      let contentSize = UInt64(notes.u32())
      let type = notes.u32()
      let start = notes.position
      notes.skip((nameSize + 3) & ~3)
      let content = notes.position
      notes.skip((contentSize + 3) & ~3)
      guard !notes.hasFailed else { return nil }
      // NT_GNU_BUILD_ID of "GNU\0".
      if type == 3, nameSize == 4, (1...64).contains(contentSize),
        file.bytes(at: start, count: 4) == [0x47, 0x4E, 0x55, 0],
        let bytes = file.bytes(at: content, count: Int(contentSize))
      {
        return HexBytes.encode(bytes[...])
      }
    }
    return nil
  }
}
