// SPDX-License-Identifier: Apache-2.0

/// The functions of a unit, and the functions inlined into them.
final class DwarfFunctions {
  /// A run of a function's code, and the function's entry as an offset from the unit's start.
  private struct Function {
    var low: UInt64
    var size: UInt32
    var entry: UInt32
  }

  /// A function at an address: one with its own code, or one that is inlined into the previous one.
  struct Scope {
    /// The position of the entry that has the name.
    var name: UInt64
    /// The place of the call, for an inlined function.
    var callFile: UInt64 = 0
    var callLine: UInt64 = 0
  }

  private let sections: DwarfSections
  private let units: DwarfUnits
  private let number: Int
  private let unit: DwarfUnit
  private var functions: [Function] = []
  private var reserved = 0

  /// Reads a whole unit and stores its functions: 16 bytes each, and some 5 ms for 1 MB. Nil if the unit cannot be read
  /// in the remaining time, or the functions do not fit into the budget.
  init?(_ number: Int, of units: DwarfUnits, _ sections: DwarfSections) {
    self.sections = sections
    self.units = units
    self.number = number
    unit = units.units[number]
    guard let table = units.abbreviations(of: number), unit.end - unit.start <= UInt64(UInt32.max), list(table) else {
      release()
      return nil
    }
  }

  deinit { release() }

  private func release() {
    sections.budget.release(reserved)
    reserved = 0
  }

  private func list(_ table: DwarfAbbreviations) -> Bool {
    var cursor = ByteCursor(sections.info)
    cursor.setLimit(unit.end)
    cursor.seek(to: unit.entries)
    var isWhole = true
    while !cursor.isAtEnd {
      guard sections.budget.step() else { return false }
      let position = UInt64(cursor.position)
      let code = cursor.uleb()
      // The end of a list of children. The limit marks the end of the unit.
      if code == 0 { continue }
      guard let kind = table.kind(code) else { break }
      if kind.tag != DW.tagSubprogram {
        table.skip(kind, &cursor, in: unit)
        continue
      }
      let entry = Entry(kind, table, &cursor, in: unit)
      forEachRange(of: entry) { low, high in
        isWhole = add(low, high, position)
        return isWhole
      }
      guard isWhole else { return false }
    }
    functions.sort { $0.low < $1.low }
    return true
  }

  private func add(_ low: UInt64, _ high: UInt64, _ position: UInt64) -> Bool {
    if functions.count == functions.capacity {
      let wanted = max(2 * functions.capacity, 64)
      let bytes = (wanted - functions.capacity) * MemoryLayout<Function>.stride
      guard sections.budget.reserve(bytes) else { return false }
      reserved += bytes
      functions.reserveCapacity(wanted)
    }
    functions.append(
      Function(
        low: low, size: UInt32(clamping: high - low), entry: UInt32(truncatingIfNeeded: position - unit.start)))
    return true
  }

  private func forEachRange(of entry: Entry, _ body: (UInt64, UInt64) -> Bool) {
    if let ranges = entry.ranges {
      sections.forEachRange(of: ranges, in: unit, body)
    } else if let value = entry.low, let low = sections.address(value, in: unit), sections.isCode(low),
      let high = entry.high.flatMap({ sections.end($0, from: low, in: unit) }), high > low
    {
      _ = body(low, high)
    }
  }

  private func holds(_ entry: Entry, _ address: UInt64) -> Bool {
    var found = false
    forEachRange(of: entry) { low, high in
      found = low <= address && address < high
      return !found
    }
    return found
  }

  /// The functions at an address, outermost first; at most 64. Empty if the unit has none there.
  func scopes(at address: UInt64, withInlined: Bool) -> [Scope] {
    guard let position = function(at: address), let table = units.abbreviations(of: number) else { return [] }
    var scopes = [Scope(name: position)]
    var cursor = ByteCursor(sections.info, windowSize: 4096)
    cursor.setLimit(unit.end)
    cursor.seek(to: position)
    guard withInlined, let kind = table.kind(cursor.uleb()) else { return scopes }
    table.skip(kind, &cursor, in: unit)
    guard kind.hasChildren else { return scopes }

    // Entries are a tree, written depth first. `inside` is the depth of the children of the innermost scope that holds
    // the address; deeper ones are skipped.
    var depth = 1
    var inside = 1
    while !cursor.isAtEnd, scopes.count < 64, sections.budget.step() {
      let start = UInt64(cursor.position)
      let code = cursor.uleb()
      if code == 0 {
        depth -= 1
        if depth < inside { break }
        continue
      }
      guard let kind = table.kind(code) else { break }
      guard depth == inside, kind.tag == DW.tagInlined || kind.tag == DW.tagLexicalBlock else {
        table.skip(kind, &cursor, in: unit)
        if kind.hasChildren { depth += 1 }
        continue
      }
      let entry = Entry(kind, table, &cursor, in: unit)
      if holds(entry, address) {
        if kind.tag == DW.tagInlined {
          scopes.append(Scope(name: start, callFile: entry.callFile, callLine: entry.callLine))
        }
        guard kind.hasChildren else { break }
        depth += 1
        inside = depth
      } else if kind.hasChildren {
        if let sibling = entry.sibling, unit.start &+ sibling > UInt64(cursor.position) {
          cursor.seek(to: unit.start &+ sibling)
        } else {
          depth += 1
        }
      }
    }
    return scopes
  }

  private func function(at address: UInt64) -> UInt64? {
    var (low, high) = (0, functions.count)
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].low <= address { low = middle + 1 } else { high = middle }
    }
    // The nearest function that contains the address, because functions can lie inside others.
    for function in functions[max(0, low - 32)..<low].reversed() where address - function.low < UInt64(function.size) {
      return unit.start + UInt64(function.entry)
    }
    return nil
  }
}

/// The attributes of a function or block that are used.
private struct Entry {
  var low: DwarfValue?
  var high: DwarfValue?
  var ranges: DwarfValue?
  var callFile: UInt64 = 0
  var callLine: UInt64 = 0
  var sibling: UInt64?

  @inline(__always)
  init(_ kind: DwarfAbbreviations.Kind, _ table: DwarfAbbreviations, _ cursor: inout ByteCursor, in unit: DwarfUnit) {
    for index in table.attributes(of: kind) {
      let attribute = table.attributes[index]
      let value = table.value(attribute, &cursor, in: unit)
      switch attribute.name {
      case DW.lowPC: low = value
      case DW.highPC: high = value
      case DW.ranges: ranges = value
      case DW.callFile: callFile = value.value
      case DW.callLine: callLine = value.value
      case DW.sibling: sibling = value.value
      default: break
      }
    }
    if cursor.hasFailed { (low, high, ranges, sibling) = (nil, nil, nil, nil) }
  }
}

extension DwarfUnits {
  /// The name of a function's entry: its linkage name, otherwise its name, searched along its origins.
  func functionName(at position: UInt64, _ sections: DwarfSections) -> String? {
    var position = position
    var plain: String?
    // An entry without a name refers to one with a name. Chains of three references occur; a damaged file can contain a
    // cycle.
    for _ in 0..<8 {
      guard let number = number(at: position), let table = abbreviations(of: number), sections.budget.step() else {
        break
      }
      let unit = units[number]
      var cursor = ByteCursor(sections.info, windowSize: 512)
      cursor.setLimit(unit.end)
      cursor.seek(to: position)
      guard let kind = table.kind(cursor.uleb()) else { break }
      var next: UInt64?
      for index in table.attributes(of: kind) {
        let attribute = table.attributes[index]
        let value = table.value(attribute, &cursor, in: unit)
        guard !cursor.hasFailed else { return plain }
        switch attribute.name {
        case DW.linkageName, DW.mipsLinkageName:
          if let text = sections.text(value, in: unit), !text.isEmpty { return text }
        case DW.name: if plain == nil { plain = sections.text(value, in: unit) }
        case DW.abstractOrigin, DW.specification:
          if !value.isForeign {
            next = value.form == DW.Form.referenceAddress ? value.value : unit.start &+ value.value
          }
        default: break
        }
      }
      guard let next else { break }
      position = next
    }
    return plain
  }
}
