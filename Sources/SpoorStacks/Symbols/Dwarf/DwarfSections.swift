// SPDX-License-Identifier: Apache-2.0

/// The sections of a file's debug information, with the texts, addresses and ranges that all units share.
final class DwarfSections {
  let info: ByteSource
  let abbreviations: ByteSource
  let lines: ByteSource?
  let budget: ReadingBudget
  private let strings: ByteSource?
  private let lineStrings: ByteSource?
  private let stringOffsets: ByteSource?
  private let ranges: ByteSource?
  private let rangeLists: ByteSource?
  private var addresses: ByteCursor?
  /// The addresses that code can have.
  private let code: Range<UInt64>

  /// Nil if the file has no debug information, or none that fits into the budget.
  init?(_ elf: ElfFile, _ budget: ReadingBudget) {
    guard let info = SectionData.open("debug_info", in: elf, budget),
      let abbreviations = SectionData.open("debug_abbrev", in: elf, budget)
    else { return nil }
    self.info = info
    self.abbreviations = abbreviations
    self.budget = budget
    lines = SectionData.open("debug_line", in: elf, budget)
    strings = SectionData.open("debug_str", in: elf, budget)
    lineStrings = SectionData.open("debug_line_str", in: elf, budget)
    stringOffsets = SectionData.open("debug_str_offsets", in: elf, budget)
    ranges = SectionData.open("debug_ranges", in: elf, budget)
    rangeLists = SectionData.open("debug_rnglists", in: elf, budget)
    if let section = SectionData.open("debug_addr", in: elf, budget) {
      addresses = ByteCursor(section, windowSize: 16 << 10)
    }
    let low = elf.code.map(\.lowerBound).min() ?? 0
    let high = elf.code.map(\.upperBound).max() ?? .max
    code = low..<max(low, high)
  }

  /// Whether code can begin at an address. Linkers write 0 or 1 for code that they have removed.
  func isCode(_ address: UInt64) -> Bool { address > 1 && code.contains(address) }

  /// The text of an attribute; nil if the value is not a text, or is in another file.
  func text(_ value: DwarfValue, in unit: borrowing DwarfUnit) -> String? {
    switch value.form {
    case DW.Form.string: return info.text(at: value.value)
    case DW.Form.stringPointer: return strings?.text(at: value.value)
    case DW.Form.lineString: return lineStrings?.text(at: value.value)
    case DW.Form.stringIndex, DW.Form.stringIndex1, DW.Form.stringIndex2, DW.Form.stringIndex3, DW.Form.stringIndex4,
      DW.Form.gnuStringIndex:
      guard let stringOffsets else { return nil }
      var cursor = ByteCursor(stringOffsets, windowSize: 64)
      cursor.seek(to: unit.stringsBase &+ value.value &* UInt64(unit.offsetSize))
      let offset = cursor.unsigned(bytes: unit.offsetSize)
      return cursor.hasFailed ? nil : strings?.text(at: offset)
    default: return nil
    }
  }

  /// The address of an attribute, which can be an index into the table of addresses.
  func address(_ value: DwarfValue, in unit: borrowing DwarfUnit) -> UInt64? {
    switch value.form {
    case DW.Form.address: value.value
    case DW.Form.addressIndex, DW.Form.addressIndex1, DW.Form.addressIndex2, DW.Form.addressIndex3,
      DW.Form.addressIndex4, DW.Form.gnuAddressIndex:
      address(number: value.value, in: unit)
    default: nil
    }
  }

  private func address(number: UInt64, in unit: borrowing DwarfUnit) -> UInt64? {
    guard addresses != nil else { return nil }
    addresses?.seek(to: unit.addressBase &+ number &* UInt64(unit.addressSize))
    let result = addresses?.unsigned(bytes: Int(unit.addressSize))
    return addresses?.hasFailed == false ? result : nil
  }

  /// The end of a function: an address, or a length from its start.
  func end(_ high: DwarfValue, from low: UInt64, in unit: borrowing DwarfUnit) -> UInt64? {
    if let end = address(high, in: unit) { return end }
    let (end, overflow) = low.addingReportingOverflow(high.value)
    return overflow ? nil : end
  }

  /// Calls `body` with each range of a list that is code of this file, until it returns false.
  func forEachRange(
    of list: DwarfValue, in unit: borrowing DwarfUnit, windowSize: Int = 4096,
    _ body: (_ low: UInt64, _ high: UInt64) -> Bool
  ) {
    if unit.version < 5 {
      forEachPair(at: list.value, in: unit, windowSize: windowSize, body)
    } else {
      forEachListed(list, in: unit, windowSize: windowSize, body)
    }
  }

  /// `.debug_ranges`: pairs of addresses from the unit's base.
  private func forEachPair(
    at offset: UInt64, in unit: borrowing DwarfUnit, windowSize: Int, _ body: (UInt64, UInt64) -> Bool
  ) {
    guard let ranges else { return }
    var cursor = ByteCursor(ranges, windowSize: windowSize)
    cursor.seek(to: offset)
    var base = unit.base
    let size = Int(unit.addressSize)
    let selection: UInt64 = size == 8 ? .max : UInt64(UInt32.max)
    while budget.step() {
      let first = cursor.unsigned(bytes: size)
      let second = cursor.unsigned(bytes: size)
      guard !cursor.hasFailed, first != 0 || second != 0 else { return }
      if first == selection {
        base = second
      } else if second > first, isCode(base &+ first), base &+ second > base &+ first {
        guard body(base &+ first, base &+ second) else { return }
      }
    }
  }

  /// `.debug_rnglists`
  private func forEachListed(
    _ list: DwarfValue, in unit: borrowing DwarfUnit, windowSize: Int, _ body: (UInt64, UInt64) -> Bool
  ) {
    guard let rangeLists else { return }
    var cursor = ByteCursor(rangeLists, windowSize: windowSize)
    var offset = list.value
    if list.form == DW.Form.rangeListIndex {
      cursor.seek(to: unit.rangesBase &+ list.value &* UInt64(unit.offsetSize))
      offset = unit.rangesBase &+ cursor.unsigned(bytes: unit.offsetSize)
      guard !cursor.hasFailed else { return }
    }
    cursor.seek(to: offset)
    var base = unit.base
    let size = Int(unit.addressSize)
    while budget.step() {
      let kind = cursor.u8()
      var low: UInt64 = 0
      var high: UInt64 = 0
      switch kind {
      case 1: base = address(number: cursor.uleb(), in: unit) ?? 0  // base_addressx
      case 2:  // startx_endx
        low = address(number: cursor.uleb(), in: unit) ?? 0
        high = address(number: cursor.uleb(), in: unit) ?? 0
      case 3:  // startx_length
        low = address(number: cursor.uleb(), in: unit) ?? 0
        high = low &+ cursor.uleb()
      case 4:  // offset_pair
        low = base &+ cursor.uleb()
        high = base &+ cursor.uleb()
      case 5: base = cursor.unsigned(bytes: size)  // base_address
      case 6:  // start_end
        low = cursor.unsigned(bytes: size)
        high = cursor.unsigned(bytes: size)
      case 7:  // start_length
        low = cursor.unsigned(bytes: size)
        high = low &+ cursor.uleb()
      default: return  // the end of the list, or damage
      }
      guard !cursor.hasFailed else { return }
      if high > low, isCode(low) {
        guard body(low, high) else { return }
      }
    }
  }
}
