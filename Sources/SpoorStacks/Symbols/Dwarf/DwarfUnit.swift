// SPDX-License-Identifier: Apache-2.0

/// A unit of `.debug_info`: the content of its header and first entry.
struct DwarfUnit {
  /// Positions in `.debug_info`.
  var start: UInt64 = 0
  var end: UInt64 = 0
  /// The position of the first entry.
  var entries: UInt64 = 0
  var version: UInt16 = 0
  var is64Bit = false
  var addressSize: UInt8 = 8
  var abbreviations: UInt64 = 0
  /// The unit's base address, for its ranges.
  var base: UInt64 = 0
  /// The first address and the one after the last; empty for a unit without code.
  var low: UInt64 = .max
  var high: UInt64 = 0
  var ranges: DwarfValue?
  var lines: UInt64?
  var addressBase: UInt64 = 0
  var rangesBase: UInt64 = 0
  var stringsBase: UInt64 = 0
  var name: DwarfValue?
  var directory: DwarfValue?

  var offsetSize: Int { is64Bit ? 8 : 4 }
}

/// An attribute's value as it is in the file: an offset, an index or a number, by its form.
struct DwarfValue {
  var form: UInt16
  var value: UInt64
}

/// The attributes, tags and forms that are used here, named as in the DWARF standard.
enum DW {
  static let tagInlined: UInt16 = 0x1D
  static let tagLexicalBlock: UInt16 = 0x0B
  static let tagSubprogram: UInt16 = 0x2E

  static let sibling: UInt16 = 0x01
  static let name: UInt16 = 0x03
  static let statementList: UInt16 = 0x10
  static let lowPC: UInt16 = 0x11
  static let highPC: UInt16 = 0x12
  static let directory: UInt16 = 0x1B
  static let abstractOrigin: UInt16 = 0x31
  static let specification: UInt16 = 0x47
  static let ranges: UInt16 = 0x55
  static let callFile: UInt16 = 0x58
  static let callLine: UInt16 = 0x59
  static let linkageName: UInt16 = 0x6E
  static let stringOffsetsBase: UInt16 = 0x72
  static let addressBase: UInt16 = 0x73
  static let rangeListsBase: UInt16 = 0x74
  static let mipsLinkageName: UInt16 = 0x2007

  enum Form {
    static let address: UInt16 = 0x01
    static let block2: UInt16 = 0x03
    static let block4: UInt16 = 0x04
    static let data2: UInt16 = 0x05
    static let data4: UInt16 = 0x06
    static let data8: UInt16 = 0x07
    static let string: UInt16 = 0x08
    static let block: UInt16 = 0x09
    static let block1: UInt16 = 0x0A
    static let data1: UInt16 = 0x0B
    static let flag: UInt16 = 0x0C
    static let signedData: UInt16 = 0x0D
    static let stringPointer: UInt16 = 0x0E
    static let unsignedData: UInt16 = 0x0F
    static let referenceAddress: UInt16 = 0x10
    static let reference1: UInt16 = 0x11
    static let reference2: UInt16 = 0x12
    static let reference4: UInt16 = 0x13
    static let reference8: UInt16 = 0x14
    static let referenceUnsigned: UInt16 = 0x15
    static let indirect: UInt16 = 0x16
    static let sectionOffset: UInt16 = 0x17
    static let expression: UInt16 = 0x18
    static let flagPresent: UInt16 = 0x19
    static let stringIndex: UInt16 = 0x1A
    static let addressIndex: UInt16 = 0x1B
    static let referenceSupplement4: UInt16 = 0x1C
    static let stringSupplement: UInt16 = 0x1D
    static let data16: UInt16 = 0x1E
    static let lineString: UInt16 = 0x1F
    static let referenceSignature: UInt16 = 0x20
    static let implicitConstant: UInt16 = 0x21
    static let locationListIndex: UInt16 = 0x22
    static let rangeListIndex: UInt16 = 0x23
    static let referenceSupplement8: UInt16 = 0x24
    static let stringIndex1: UInt16 = 0x25
    static let stringIndex2: UInt16 = 0x26
    static let stringIndex3: UInt16 = 0x27
    static let stringIndex4: UInt16 = 0x28
    static let addressIndex1: UInt16 = 0x29
    static let addressIndex2: UInt16 = 0x2A
    static let addressIndex3: UInt16 = 0x2B
    static let addressIndex4: UInt16 = 0x2C
    static let gnuAddressIndex: UInt16 = 0x1F01
    static let gnuStringIndex: UInt16 = 0x1F02
    static let gnuReferenceAlternative: UInt16 = 0x1F20
    static let gnuStringAlternative: UInt16 = 0x1F21
  }
}

extension ByteCursor {
  /// Reads an attribute's value. For blocks and texts it is their position, and the cursor moves past them.
  mutating func value(_ form: UInt16, _ implicit: Int64, in unit: borrowing DwarfUnit) -> UInt64 {
    switch form {
    case DW.Form.address: return unsigned(bytes: Int(unit.addressSize))
    case DW.Form.data1, DW.Form.flag, DW.Form.reference1, DW.Form.stringIndex1, DW.Form.addressIndex1:
      return UInt64(u8())
    case DW.Form.data2, DW.Form.reference2, DW.Form.stringIndex2, DW.Form.addressIndex2: return UInt64(u16())
    case DW.Form.stringIndex3, DW.Form.addressIndex3: return unsigned(bytes: 3)
    case DW.Form.data4, DW.Form.reference4, DW.Form.stringIndex4, DW.Form.addressIndex4,
      DW.Form.referenceSupplement4:
      return UInt64(u32())
    case DW.Form.data8, DW.Form.reference8, DW.Form.referenceSignature, DW.Form.referenceSupplement8: return u64()
    case DW.Form.stringPointer, DW.Form.sectionOffset, DW.Form.lineString, DW.Form.stringSupplement,
      DW.Form.gnuReferenceAlternative, DW.Form.gnuStringAlternative:
      return unsigned(bytes: unit.offsetSize)
    // An address in version 2, an offset since.
    case DW.Form.referenceAddress: return unsigned(bytes: unit.version == 2 ? Int(unit.addressSize) : unit.offsetSize)
    case DW.Form.unsignedData, DW.Form.referenceUnsigned, DW.Form.stringIndex, DW.Form.addressIndex,
      DW.Form.locationListIndex, DW.Form.rangeListIndex, DW.Form.gnuAddressIndex, DW.Form.gnuStringIndex:
      return uleb()
    case DW.Form.signedData: return UInt64(bitPattern: sleb())
    case DW.Form.flagPresent: return 1
    case DW.Form.implicitConstant: return UInt64(bitPattern: implicit)
    case DW.Form.string:
      let start = UInt64(position)
      skipText()
      return start
    case DW.Form.block1: return block(UInt64(u8()))
    case DW.Form.block2: return block(UInt64(u16()))
    case DW.Form.block4: return block(UInt64(u32()))
    case DW.Form.block, DW.Form.expression: return block(uleb())
    case DW.Form.data16: return block(16)
    default:
      // A form of unknown length: nothing after it can be read.
      fail()
      return 0
    }
  }

  private mutating func block(_ length: UInt64) -> UInt64 {
    let start = UInt64(position)
    skip(length)
    return start
  }
}

extension DwarfValue {
  /// The value is a position in another file's debug information.
  var isForeign: Bool {
    switch form {
    case DW.Form.referenceSupplement4, DW.Form.referenceSupplement8, DW.Form.stringSupplement,
      DW.Form.gnuReferenceAlternative, DW.Form.gnuStringAlternative, DW.Form.referenceSignature:
      true
    default: false
    }
  }
}
