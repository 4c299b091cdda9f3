// SPDX-License-Identifier: Apache-2.0

/// A unit's line program: maps the address of code to its file and line.
final class LineProgram {
  /// A run of ascending addresses, and the position of its instructions.
  private struct Sequence {
    var low: UInt64
    var high: UInt64
    var offset: UInt64
  }

  /// The file's number and the line; 0 for code without a line.
  struct Row: Hashable {
    var file: UInt64
    var line: UInt64
  }

  private let source: ByteSource
  private let sections: DwarfSections
  /// The unit, with this program's size of offsets.
  private var unit: DwarfUnit
  private var version: UInt16 = 0
  private var is64Bit = false
  private var addressSize = 8
  private var minimumInstruction: UInt64 = 1
  private var lineBase: Int64 = 0
  private var lineRange: UInt64 = 1
  private var opcodeBase: UInt8 = 1
  private var operandCounts: [UInt8] = []
  private var tables: UInt64 = 0
  private var program: UInt64 = 0
  private var end: UInt64 = 0
  private var sequences: [Sequence] = []
  private var files: [UInt64: String] = [:]
  private var reserved = 0

  /// Runs the whole program once and stores where each run of addresses begins: 24 bytes a function. Nil if the unit
  /// has no line program, or one that cannot be read or does not fit into the budget.
  init?(_ unit: DwarfUnit, _ sections: DwarfSections) {
    guard let source = sections.lines, let offset = unit.lines else { return nil }
    self.source = source
    self.sections = sections
    self.unit = unit
    var cursor = ByteCursor(source)
    cursor.seek(to: offset)
    guard readHeader(&cursor), listSequences(&cursor) else {
      release()
      return nil
    }
  }

  deinit { release() }

  private func release() {
    sections.budget.release(reserved)
    reserved = 0
  }

  private func readHeader(_ cursor: inout ByteCursor) -> Bool {
    var length = UInt64(cursor.u32())
    if length == 0xFFFF_FFFF {
      is64Bit = true
      length = cursor.u64()
    }
    let (end, overflow) = UInt64(cursor.position).addingReportingOverflow(length)
    guard !cursor.hasFailed, !overflow, end <= UInt64(source.count) else { return false }
    self.end = end
    cursor.setLimit(end)
    unit.is64Bit = is64Bit
    version = cursor.u16()
    guard (2...5).contains(version) else { return false }
    addressSize = Int(unit.addressSize)
    if version >= 5 {
      addressSize = Int(cursor.u8())
      _ = cursor.u8()
    }
    let headerLength = cursor.unsigned(bytes: is64Bit ? 8 : 4)
    program = UInt64(cursor.position) &+ headerLength
    minimumInstruction = UInt64(cursor.u8())
    if version >= 4 { _ = cursor.u8() }
    _ = cursor.u8()
    lineBase = Int64(Int8(bitPattern: cursor.u8()))
    lineRange = UInt64(cursor.u8())
    opcodeBase = cursor.u8()
    guard !cursor.hasFailed, lineRange > 0, opcodeBase > 0, headerLength <= end, program <= end else { return false }
    operandCounts = (1..<Int(opcodeBase)).map { _ in cursor.u8() }
    tables = UInt64(cursor.position)
    return !cursor.hasFailed
  }

  private func listSequences(_ cursor: inout ByteCursor) -> Bool {
    cursor.seek(to: program)
    while !cursor.isAtEnd, sections.budget.step() {
      let offset = UInt64(cursor.position)
      guard let range = sequence(&cursor, nil, { _ in }) else { continue }
      guard range.high > range.low, sections.isCode(range.low) else { continue }
      if sequences.count == sequences.capacity {
        let wanted = max(2 * sequences.capacity, 64)
        let bytes = (wanted - sequences.capacity) * MemoryLayout<Sequence>.stride
        guard sections.budget.reserve(bytes) else { return false }
        reserved += bytes
        sequences.reserveCapacity(wanted)
      }
      sequences.append(Sequence(low: range.low, high: range.high, offset: offset))
    }
    guard !sections.budget.isExhausted else { return false }
    sequences.sort { $0.low < $1.low }
    return true
  }

  /// The row of the code at an address.
  func row(at address: UInt64) -> Row? {
    var (low, high) = (0, sequences.count)
    while low < high {
      let middle = (low + high) / 2
      if sequences[middle].low <= address { low = middle + 1 } else { high = middle }
    }
    // More than one run can begin at the same address; few do.
    for sequence in sequences[max(0, low - 8)..<low].reversed() where address < sequence.high {
      var cursor = ByteCursor(source, windowSize: 4096)
      cursor.setLimit(end)
      cursor.seek(to: sequence.offset)
      var row: Row?
      _ = self.sequence(&cursor, address) { row = $0 }
      if row != nil { return row }
    }
    return nil
  }

  /// Runs the program to the end of a sequence, or until the row of `target` is found, and then calls `found` with it.
  ///
  /// - Returns: the first address and the one after the last; nil for a sequence without rows or without an end.
  private func sequence(_ cursor: inout ByteCursor, _ target: UInt64?, _ found: (Row) -> Void) -> (
    low: UInt64, high: UInt64
  )? {
    var address: UInt64 = 0
    var row = Row(file: 1, line: 1)
    var last: (address: UInt64, row: Row)?
    var low: UInt64?

    while !cursor.isAtEnd, sections.budget.step() {
      var isRow = false
      var isEnd = false
      let opcode = cursor.u8()
      if opcode >= opcodeBase {
        let adjusted = UInt64(opcode - opcodeBase)
        address &+= adjusted / lineRange &* minimumInstruction
        row.line = row.line &+ UInt64(bitPattern: lineBase &+ Int64(adjusted % lineRange))
        isRow = true
      } else {
        switch opcode {
        case 0:
          let length = cursor.uleb()
          guard !cursor.hasFailed, length > 0, length <= UInt64(cursor.limit - cursor.position) else {
            cursor.fail()
            return nil
          }
          let next = UInt64(cursor.position) + length
          switch cursor.u8() {
          case 1: (isRow, isEnd) = (true, true)
          case 2: address = cursor.unsigned(bytes: min(Int(length - 1), 8))
          default: break
          }
          cursor.seek(to: next)
        case 1: isRow = true
        case 2: address &+= cursor.uleb() &* minimumInstruction
        case 3: row.line = row.line &+ UInt64(bitPattern: cursor.sleb())
        case 4: row.file = cursor.uleb()
        case 8: address &+= UInt64(255 - opcodeBase) / lineRange &* minimumInstruction
        case 9: address &+= UInt64(cursor.u16())
        default:
          for _ in 0..<operandCounts[Int(opcode) - 1] { _ = cursor.uleb() }
        }
      }
      guard isRow, !cursor.hasFailed else { continue }
      if let target {
        if let last, last.address <= target, target < address {
          found(last.row)
          return nil
        }
        last = (address, row)
      } else if low == nil {
        low = address
      }
      if isEnd { return low.map { ($0, address) } }
    }
    return nil
  }

  // MARK: Files

  /// The path of a file number, as it was passed to the compiler; nil if there is none.
  func path(of file: UInt64) -> String? {
    if let known = files[file] { return known }
    guard let path = lookUp(file) else { return nil }
    if files.count >= 512 { files.removeAll() }
    files[file] = path
    return path
  }

  private func lookUp(_ file: UInt64) -> String? {
    var cursor = ByteCursor(source, windowSize: 4096)
    cursor.setLimit(program)
    cursor.seek(to: tables)
    let directory = unit.directory.flatMap { sections.text($0, in: unit) } ?? ""
    guard let (name, folder) = version >= 5 ? entry5(file, &cursor) : entry(file, &cursor) else { return nil }
    return Self.join(directory, Self.join(folder, name))
  }

  private static func join(_ folder: String, _ name: String) -> String {
    if name.hasPrefix("/") || folder.isEmpty { return name }
    return name.isEmpty ? folder : folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  /// Versions 2 to 4: lists of texts, each with an empty one at its end. Numbers begin with 1.
  private func entry(_ file: UInt64, _ cursor: inout ByteCursor) -> (name: String, folder: String)? {
    guard file > 0 else { return nil }
    let directories = UInt64(cursor.position)
    while !cursor.isAtEnd, sections.budget.step() {
      let start = cursor.position
      cursor.skipText()
      if cursor.position == start + 1 { break }
    }
    var number: UInt64 = 0
    while !cursor.isAtEnd, sections.budget.step() {
      let start = cursor.position
      cursor.skipText()
      if cursor.position == start + 1 { return nil }
      number += 1
      let directory = cursor.uleb()
      _ = cursor.uleb()
      _ = cursor.uleb()
      guard number == file else { continue }
      guard !cursor.hasFailed, let name = source.text(at: UInt64(start)) else { return nil }
      guard directory > 0 else { return (name, "") }
      cursor.seek(to: directories)
      for _ in 1..<directory {
        let start = cursor.position
        cursor.skipText()
        guard !cursor.isAtEnd, cursor.position > start + 1, sections.budget.step() else { return (name, "") }
      }
      return (name, source.text(at: UInt64(cursor.position)) ?? "")
    }
    return nil
  }

  /// Version 5: tables whose columns are described before them. Numbers begin with 0.
  private func entry5(_ file: UInt64, _ cursor: inout ByteCursor) -> (name: String, folder: String)? {
    let directories = UInt64(cursor.position)
    // The files follow the directories.
    _ = row5(.max, &cursor)
    guard let (name, directory) = row5(file, &cursor) else { return nil }
    cursor.seek(to: directories)
    return (name, row5(directory, &cursor)?.name ?? "")
  }

  /// Reads a table up to a row, or to its end.
  private func row5(_ wanted: UInt64, _ cursor: inout ByteCursor) -> (name: String, directory: UInt64)? {
    var columns: [(content: UInt64, form: UInt16)] = []
    for _ in 0..<cursor.u8() { columns.append((cursor.uleb(), UInt16(clamping: cursor.uleb()))) }
    let count = cursor.uleb()
    guard !cursor.hasFailed, !columns.isEmpty else { return nil }
    var number: UInt64 = 0
    while number < count, !cursor.hasFailed, sections.budget.step() {
      var name: DwarfValue?
      var directory: UInt64 = 0
      for column in columns {
        let value = cursor.value(column.form, 0, in: unit)
        // DW_LNCT_path, DW_LNCT_directory_index
        if column.content == 1 { name = DwarfValue(form: column.form, value: value) }
        if column.content == 2 { directory = value }
      }
      if number == wanted {
        guard !cursor.hasFailed, let name else { return nil }
        // A text within the table is one of this section.
        let text = name.form == DW.Form.string ? source.text(at: name.value) : sections.text(name, in: unit)
        return text.map { ($0, directory) }
      }
      number += 1
    }
    return nil
  }
}
