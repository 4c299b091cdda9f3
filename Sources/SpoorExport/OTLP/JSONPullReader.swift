// SPDX-License-Identifier: Apache-2.0

import SpoorBase

/// Reads JSON from memory value by value, without building a tree: the journal's own lines, and answers of collectors.
/// Input that is not JSON makes ``isValid`` false; everything read after that is empty.
///
/// It copies nothing: texts are the memory itself, with their escape sequences (``Text`` from ``rawString()``), and
/// only ``string()`` and ``unescape(_:into:)`` decode them.
@safe
struct JSONPullReader {
  enum Kind { case object, array, string, number, bool, null, nothing }

  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0
  private(set) var isValid = true
  private var depth = 0
  /// Deeper input is invalid.
  private static let deepest = 64

  init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

  @inline(__always)
  private mutating func space() {
    while unsafe position < bytes.count {
      switch unsafe bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  @inline(__always)
  private mutating func take(_ byte: UInt8) -> Bool {
    space()
    guard unsafe position < bytes.count, unsafe bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// What the next value is.
  @inline(__always)
  var peek: Kind {
    mutating get {
      guard isValid else { return .nothing }
      space()
      guard unsafe position < bytes.count else { return .nothing }
      switch unsafe bytes[position] {
      case UInt8(ascii: "{"): return .object
      case UInt8(ascii: "["): return .array
      case UInt8(ascii: "\""): return .string
      case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
      case UInt8(ascii: "n"): return .null
      case UInt8(ascii: "-"), 0x30...0x39: return .number
      default: return .nothing
      }
    }
  }

  /// Whether only white space is left.
  var isAtEnd: Bool {
    mutating get {
      space()
      return unsafe position == bytes.count
    }
  }

  private mutating func fail() { isValid = false }

  /// Calls `body` with the raw key of each member of an object; `body` reads or skips the value.
  ///
  /// - Returns: whether it was a whole object.
  mutating func forEachMember(_ body: (Text, inout JSONPullReader) -> Void) -> Bool {
    guard isValid, take(UInt8(ascii: "{")), enter() else {
      fail()
      return false
    }
    if take(UInt8(ascii: "}")) { return leave() }
    while true {
      space()
      guard let key = rawString(), take(UInt8(ascii: ":")) else {
        fail()
        return false
      }
      body(key, &self)
      guard isValid else { return false }
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else {
        fail()
        return false
      }
      return leave()
    }
  }

  /// Calls `body` before each element of an array; `body` reads or skips it.
  mutating func forEachElement(_ body: (inout JSONPullReader) -> Void) -> Bool {
    guard isValid, take(UInt8(ascii: "[")), enter() else {
      fail()
      return false
    }
    if take(UInt8(ascii: "]")) { return leave() }
    while true {
      body(&self)
      guard isValid else { return false }
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "]")) else {
        fail()
        return false
      }
      return leave()
    }
  }

  private mutating func enter() -> Bool {
    depth += 1
    return depth <= Self.deepest
  }

  private mutating func leave() -> Bool {
    depth -= 1
    return true
  }

  /// The text of a string between its quotes, with its escape sequences; nil if the next value is none.
  @inline(__always)
  mutating func rawString() -> Text? {
    guard isValid, unsafe position < bytes.count, unsafe bytes[position] == UInt8(ascii: "\"") else { return nil }
    let start = position + 1
    var end = start
    // Eight bytes at a time, as long as none of them is a quote or a backslash.
    while unsafe end + 8 <= bytes.count {
      let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt64.self))
      if Self.hasByte(word, UInt8(ascii: "\"")) || Self.hasByte(word, UInt8(ascii: "\\")) { break }
      end += 8
    }
    while unsafe end < bytes.count {
      let byte = unsafe bytes[end]
      if byte == UInt8(ascii: "\"") {
        position = end + 1
        return unsafe Text(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
      end += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    fail()
    return nil
  }

  @inline(__always)
  private static func hasByte(_ word: UInt64, _ byte: UInt8) -> Bool {
    let difference = word ^ (0x0101_0101_0101_0101 &* UInt64(byte))
    return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080 != 0
  }

  /// A string, decoded.
  mutating func string() -> String? {
    guard peek == .string, let raw = rawString() else {
      skip()
      return nil
    }
    var output = GrowingBytes()
    Self.unescape(raw, into: &output)
    return String(decoding: output.array(), as: UTF8.self)
  }

  /// A whole number, as a number or as text.
  mutating func integer() -> Int64? {
    switch peek {
    case .number: return rawNumber().flatMap { Int64(unsafe String(decoding: $0.bytes, as: UTF8.self)) }
    case .string: return string().flatMap { Int64($0) }
    default:
      skip()
      return nil
    }
  }

  /// The digits of a number.
  @inline(__always)
  mutating func rawNumber() -> Text? {
    space()
    let start = position
    while unsafe position < bytes.count {
      switch unsafe bytes[position] {
      case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        position += 1
        continue
      default: break
      }
      break
    }
    guard position > start else {
      fail()
      return nil
    }
    return unsafe Text(UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
  }

  /// `true`, `false`; nil if it is neither.
  mutating func bool() -> Bool? {
    if literal("true") { return true }
    if literal("false") { return false }
    fail()
    return nil
  }

  mutating func null() {
    if !literal("null") { fail() }
  }

  private mutating func literal(_ word: StaticString) -> Bool {
    space()
    let count = word.utf8CodeUnitCount
    guard isValid, unsafe bytes.count - position >= count,
      unsafe Text(UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])) == Text(word)
    else { return false }
    position += count
    return true
  }

  /// Skips a value.
  mutating func skip() {
    switch peek {
    case .object: _ = forEachMember { $1.skip() }
    case .array: _ = forEachElement { $0.skip() }
    case .string: _ = rawString()
    case .number: _ = rawNumber()
    case .bool: _ = bool()
    case .null: null()
    case .nothing: fail()
    }
  }

  /// Appends a raw string with its escape sequences decoded. A sequence that is not valid is kept as it is; half of a
  /// surrogate pair becomes U+FFFD.
  static func unescape(_ raw: Text, into output: inout GrowingBytes) {
    let bytes = unsafe raw.bytes
    var start = 0
    var index = 0
    while index < bytes.count {
      guard unsafe bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
        index += 1
        continue
      }
      unsafe output.append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
      let plain: UInt8? =
        switch unsafe bytes[index + 1] {
        case UInt8(ascii: "\""): UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): UInt8(ascii: "\\")
        case UInt8(ascii: "/"): UInt8(ascii: "/")
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
      if let plain {
        output.append(plain)
        index += 2
      } else if let (scalar, length) = unsafe scalar(bytes, at: index) {
        output.append(String(Character(scalar)))
        index += length
      } else {
        output.append(UInt8(ascii: "\\"))
        index += 1
      }
      start = index
    }
    unsafe output.append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
  }

  /// The scalar of `\uXXXX`, or of two of them that are a surrogate pair, and the length of what was read.
  private static func scalar(_ bytes: UnsafeRawBufferPointer, at index: Int) -> (Unicode.Scalar, Int)? {
    guard let first = unsafe unit(bytes, at: index) else { return nil }
    if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
    if first < 0xDC00, let second = unsafe unit(bytes, at: index + 6), (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    {
      return (scalar, 12)
    }
    return ("\u{FFFD}", 6)
  }

  private static func unit(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt32? {
    guard index + 6 <= bytes.count, unsafe bytes[index] == UInt8(ascii: "\\"),
      unsafe bytes[index + 1] == UInt8(ascii: "u")
    else { return nil }
    var value: UInt32 = 0
    for offset in 2..<6 {
      guard let digit = HexBytes.value(unsafe bytes[index + offset]) else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
