// SPDX-License-Identifier: Apache-2.0

/// A unit's table of abbreviations: the attributes of each kind of entry.
struct DwarfAbbreviations {
  /// A kind of entry.
  struct Kind {
    var tag: UInt16
    var hasChildren: Bool
    /// The index of its first attribute in ``attributes``.
    var first: UInt32
    var count: UInt32
    /// Of the steps that lead over the attributes.
    fileprivate var firstStep: UInt32
    fileprivate var stepCount: UInt32
  }

  /// A step over attributes that are not read: bytes that every entry of the kind has, then one value whose length is
  /// in the entry. Form 0: no value.
  private struct Step {
    var bytes: UInt32
    var form: UInt16
  }

  struct Attribute {
    var name: UInt16
    var form: UInt16
    var implicit: Int64
  }

  private var kinds: [Kind] = []
  private(set) var attributes: [Attribute] = []
  private var steps: [Step] = []
  /// Of codes that are not in order.
  private var numbers: [UInt64: Int] = [:]
  /// The number of bytes reserved in the budget.
  private(set) var bytes = 0

  /// Nil for a table that cannot be read or does not fit. Give ``bytes`` back to the budget afterwards.
  ///
  /// - Parameter last: the table is read to the kind of this code, which is among the first ones for a unit's first
  ///   entry; nil for the whole table.
  init?(
    _ section: ByteSource, at offset: UInt64, for unit: borrowing DwarfUnit, to last: UInt64? = nil,
    _ budget: ReadingBudget
  ) {
    var cursor = ByteCursor(section, windowSize: last == nil ? 16 << 10 : 512)
    cursor.seek(to: offset)
    while true {
      let code = cursor.uleb()
      if code == 0 { break }
      let tag = UInt16(clamping: cursor.uleb())
      let hasChildren = cursor.u8() != 0
      let first = attributes.count
      let firstStep = steps.count
      var size = 0
      while !cursor.hasFailed {
        let name = cursor.uleb()
        let form = cursor.uleb()
        if name == 0, form == 0 { break }
        let implicit = form == UInt64(DW.Form.implicitConstant) ? cursor.sleb() : 0
        guard reserve(MemoryLayout<Attribute>.stride + MemoryLayout<Step>.stride, budget) else { return nil }
        if let bytes = Self.size(of: UInt16(clamping: form), in: unit) {
          size += bytes
        } else {
          // A form 0 is damage: reading stops there, as at every unknown form.
          steps.append(Step(bytes: UInt32(clamping: size), form: form == 0 ? .max : UInt16(clamping: form)))
          size = 0
        }
        attributes.append(Attribute(name: UInt16(clamping: name), form: UInt16(clamping: form), implicit: implicit))
      }
      guard !cursor.hasFailed, reserve(64, budget) else {
        budget.release(bytes)
        return nil
      }
      if size > 0 { steps.append(Step(bytes: UInt32(clamping: size), form: 0)) }
      if code != UInt64(kinds.count + 1) || !numbers.isEmpty { numbers[code] = kinds.count }
      kinds.append(
        Kind(
          tag: tag, hasChildren: hasChildren, first: UInt32(first), count: UInt32(attributes.count - first),
          firstStep: UInt32(firstStep), stepCount: UInt32(steps.count - firstStep)))
      if code == last { break }
    }
    guard !cursor.hasFailed else {
      budget.release(bytes)
      return nil
    }
  }

  private mutating func reserve(_ count: Int, _ budget: ReadingBudget) -> Bool {
    // Arrays double their capacity, so the unused half counts too.
    guard budget.step(), budget.reserve(2 * count) else {
      budget.release(bytes)
      return false
    }
    bytes += 2 * count
    return true
  }

  /// The kind with a code.
  @inline(__always)
  func kind(_ code: UInt64) -> Kind? {
    if code > 0, code <= UInt64(kinds.count), numbers.isEmpty { return kinds[Int(code) - 1] }
    return unordered(code)
  }

  private func unordered(_ code: UInt64) -> Kind? {
    if let number = numbers[code] { return kinds[number] }
    // The codes before the first one out of order.
    guard code > 0, code <= UInt64(kinds.count - numbers.count) else { return nil }
    return kinds[Int(code) - 1]
  }

  /// The attributes of a kind.
  @inline(__always)
  func attributes(of kind: Kind) -> Range<Int> { Int(kind.first)..<Int(kind.first + kind.count) }

  /// Skips an entry's attributes.
  @inline(__always)
  func skip(_ kind: Kind, _ cursor: inout ByteCursor, in unit: borrowing DwarfUnit) {
    for index in Int(kind.firstStep)..<Int(kind.firstStep + kind.stepCount) {
      let step = steps[index]
      cursor.skip(Int(step.bytes))
      switch step.form {
      case 0: break
      case DW.Form.expression, DW.Form.block: cursor.skip(cursor.uleb())
      case DW.Form.unsignedData, DW.Form.stringIndex, DW.Form.addressIndex, DW.Form.locationListIndex: _ = cursor.uleb()
      case DW.Form.indirect: _ = value(Attribute(name: 0, form: step.form, implicit: 0), &cursor, in: unit)
      default: _ = cursor.value(step.form, 0, in: unit)
      }
    }
  }

  /// Reads an attribute's value. Its form can be given in the entry itself.
  @inline(__always)
  func value(_ attribute: Attribute, _ cursor: inout ByteCursor, in unit: borrowing DwarfUnit) -> DwarfValue {
    var form = attribute.form
    if form == DW.Form.indirect { form = UInt16(clamping: cursor.uleb()) }
    // An indirect form within an indirect form fails in `value`.
    return DwarfValue(form: form, value: cursor.value(form, attribute.implicit, in: unit))
  }

  /// The size of a form in bytes; nil if it depends on the entry.
  private static func size(of form: UInt16, in unit: borrowing DwarfUnit) -> Int? {
    switch form {
    case DW.Form.address: Int(unit.addressSize)
    case DW.Form.flagPresent, DW.Form.implicitConstant: 0
    case DW.Form.data1, DW.Form.flag, DW.Form.reference1, DW.Form.stringIndex1, DW.Form.addressIndex1: 1
    case DW.Form.data2, DW.Form.reference2, DW.Form.stringIndex2, DW.Form.addressIndex2: 2
    case DW.Form.stringIndex3, DW.Form.addressIndex3: 3
    case DW.Form.data4, DW.Form.reference4, DW.Form.stringIndex4, DW.Form.addressIndex4,
      DW.Form.referenceSupplement4:
      4
    case DW.Form.data8, DW.Form.reference8, DW.Form.referenceSignature, DW.Form.referenceSupplement8: 8
    case DW.Form.data16: 16
    case DW.Form.stringPointer, DW.Form.sectionOffset, DW.Form.lineString, DW.Form.stringSupplement,
      DW.Form.gnuReferenceAlternative, DW.Form.gnuStringAlternative:
      unit.offsetSize
    case DW.Form.referenceAddress: unit.version == 2 ? Int(unit.addressSize) : unit.offsetSize
    default: nil
    }
  }
}
