// SPDX-License-Identifier: Apache-2.0

/// The units of `.debug_info`, found by position and by address.
final class DwarfUnits {
  private let sections: DwarfSections
  private(set) var units: [DwarfUnit] = []
  private var tables: [(unit: Int, table: DwarfAbbreviations)] = []
  private static let unitBytes = 2 * MemoryLayout<DwarfUnit>.stride

  /// Reads the headers and first entries of all units, and the ranges of their code: some milliseconds for 20 MB.
  init(_ sections: DwarfSections) {
    self.sections = sections
    var cursor = ByteCursor(sections.info, windowSize: 4096)
    var start: UInt64 = 0
    while start < UInt64(sections.info.count), sections.budget.step() {
      cursor.seek(to: start)
      guard var unit = Self.header(&cursor) else { break }
      start = unit.end
      // Units of types and skeletons of split files have no code here.
      guard unit.entries != 0 else { continue }
      guard sections.budget.reserve(Self.unitBytes) else { break }
      readFirstEntry(&unit, &cursor)
      units.append(unit)
    }
  }

  deinit { sections.budget.release(units.count * Self.unitBytes + tables.reduce(0) { $0 + $1.table.bytes }) }

  /// Reads a unit's header; nil after the last unit, and for a length that exceeds the section. A unit whose entries
  /// are not read has ``DwarfUnit/entries`` 0.
  private static func header(_ cursor: inout ByteCursor) -> DwarfUnit? {
    var unit = DwarfUnit()
    unit.start = UInt64(cursor.position)
    var length = UInt64(cursor.u32())
    if length == 0xFFFF_FFFF {
      unit.is64Bit = true
      length = cursor.u64()
    }
    let (end, overflow) = UInt64(cursor.position).addingReportingOverflow(length)
    guard !cursor.hasFailed, length > 0, !overflow, end <= UInt64(cursor.limit) else { return nil }
    unit.end = end
    unit.version = cursor.u16()
    var isRead = (2...5).contains(unit.version)
    if unit.version >= 5 {
      let type = cursor.u8()
      unit.addressSize = cursor.u8()
      unit.abbreviations = cursor.unsigned(bytes: unit.offsetSize)
      // DW_UT_compile and DW_UT_partial.
      if type != 1, type != 3 { isRead = false }
    } else {
      unit.abbreviations = cursor.unsigned(bytes: unit.offsetSize)
      unit.addressSize = cursor.u8()
    }
    if unit.addressSize != 8, unit.addressSize != 4 { isRead = false }
    unit.entries = isRead && !cursor.hasFailed && UInt64(cursor.position) < end ? UInt64(cursor.position) : 0
    return unit
  }

  private func readFirstEntry(_ unit: inout DwarfUnit, _ cursor: inout ByteCursor) {
    cursor.seek(to: unit.entries)
    let code = cursor.uleb()
    guard !cursor.hasFailed,
      let table = DwarfAbbreviations(
        sections.abbreviations, at: unit.abbreviations, for: unit, to: code, sections.budget)
    else {
      return
    }
    defer { sections.budget.release(table.bytes) }
    guard let kind = table.kind(code) else { return }
    var low: DwarfValue?
    var high: DwarfValue?
    for index in table.attributes(of: kind) {
      let attribute = table.attributes[index]
      let value = table.value(attribute, &cursor, in: unit)
      guard !cursor.hasFailed, sections.budget.step() else { return }
      switch attribute.name {
      case DW.lowPC: low = value
      case DW.highPC: high = value
      case DW.ranges: unit.ranges = value
      case DW.statementList: unit.lines = value.value
      case DW.addressBase: unit.addressBase = value.value
      case DW.rangeListsBase: unit.rangesBase = value.value
      case DW.stringOffsetsBase: unit.stringsBase = value.value
      case DW.name: unit.name = value
      case DW.directory: unit.directory = value
      default: break
      }
    }
    // The bases can follow the attributes that need them.
    unit.base = low.flatMap { sections.address($0, in: unit) } ?? 0
    if let ranges = unit.ranges {
      var (first, last) = (UInt64.max, UInt64(0))
      sections.forEachRange(of: ranges, in: unit, windowSize: 64 << 10) { low, high in
        first = min(first, low)
        last = max(last, high)
        return true
      }
      (unit.low, unit.high) = (first, last)
    } else if sections.isCode(unit.base), let end = high.flatMap({ sections.end($0, from: unit.base, in: unit) }) {
      (unit.low, unit.high) = (unit.base, end)
    }
  }

  /// The numbers of the units that may have code at an address, the smallest first.
  func candidates(at address: UInt64) -> [Int] {
    var found = units.indices.filter { units[$0].low <= address && address < units[$0].high }
    guard found.count > 1 else { return found }
    found.sort { units[$0].high - units[$0].low < units[$1].high - units[$1].low }
    // The spans from first to last address can overlap between units; their ranges do not.
    return found.filter { number in
      guard let ranges = units[number].ranges else { return true }
      var holds = false
      sections.forEachRange(of: ranges, in: units[number], windowSize: 64 << 10) { low, high in
        holds = low <= address && address < high
        return !holds
      }
      return holds
    }
  }

  /// The number of the unit that contains a position of `.debug_info`.
  func number(at position: UInt64) -> Int? {
    var (low, high) = (0, units.count)
    while low < high {
      let middle = (low + high) / 2
      if units[middle].start <= position { low = middle + 1 } else { high = middle }
    }
    guard low > 0, position >= units[low - 1].entries, position < units[low - 1].end else { return nil }
    return low - 1
  }

  /// A unit's table of abbreviations. Four tables are cached.
  func abbreviations(of number: Int) -> DwarfAbbreviations? {
    if let known = tables.first(where: { $0.unit == number }) { return known.table }
    if tables.count >= 4 { sections.budget.release(tables.removeFirst().table.bytes) }
    let unit = units[number]
    guard let table = DwarfAbbreviations(sections.abbreviations, at: unit.abbreviations, for: unit, sections.budget)
    else {
      return nil
    }
    tables.append((number, table))
    return table
  }
}
