// SPDX-License-Identifier: Apache-2.0

/// Reads JSON from bytes, value by value, without building a tree.
///
/// It is as lenient as Zipkin's own reader in the cases that real senders need: it accepts control characters in
/// strings and quoted numbers, and invalid UTF-8 becomes U+FFFD. Its work is linear in the bytes and its memory
/// constant: a skipped value is not kept, and nesting deeper than ``maximumDepth`` is an error.
package struct JSONReader {
  /// The maximum nesting depth of a skipped value.
  static let maximumDepth = 512

  let bytes: [UInt8]
  private(set) var position = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The next byte that is not white space, without taking it; 0 at the end.
  package mutating func peek() -> UInt8 {
    while position < bytes.count {
      let byte = bytes[position]
      if byte > 0x20 || (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) { return byte }
      position += 1
    }
    return 0
  }

  /// Whether only white space is left.
  package mutating func isAtEnd() -> Bool {
    _ = peek()
    return position >= bytes.count
  }

  /// Takes `byte` if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  /// Takes `byte`, which must be next.
  mutating func expect(_ byte: UInt8) throws(SpanError) {
    guard take(byte) else { throw malformed() }
  }

  /// The next element of an array: `false` after the last one. `first` starts as true.
  package mutating func nextElement(first: inout Bool) throws(SpanError) -> Bool {
    if first {
      first = false
      try expect(UInt8(ascii: "["))
      return !take(UInt8(ascii: "]"))
    }
    if take(UInt8(ascii: ",")) { return true }
    try expect(UInt8(ascii: "]"))
    return false
  }

  /// The next key of an object: `nil` after the last one. `first` starts as true.
  package mutating func nextKey(first: inout Bool) throws(SpanError) -> String? {
    if first {
      first = false
      try expect(UInt8(ascii: "{"))
      if take(UInt8(ascii: "}")) { return nil }
    } else if !take(UInt8(ascii: ",")) {
      try expect(UInt8(ascii: "}"))
      return nil
    }
    guard peek() == UInt8(ascii: "\"") else { throw malformed() }
    let key = try quoted()
    try expect(UInt8(ascii: ":"))
    return key
  }

  /// Takes `null` if it is next.
  package mutating func takeNull() throws(SpanError) -> Bool {
    guard peek() == UInt8(ascii: "n") else { return false }
    try literal("null")
    return true
  }

  /// Reads a string, or the text of a number, which Zipkin's reader accepts as a string as well.
  package mutating func string() throws(SpanError) -> String {
    switch peek() {
    case UInt8(ascii: "\""): return try quoted()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return String(decoding: bytes[try number()], as: UTF8.self)
    default: throw unexpected("a string")
    }
  }

  /// The bytes of a string or number, as ``string()`` reads them; a slice of the input if the text has no escape.
  mutating func stringBytes() throws(SpanError) -> ArraySlice<UInt8> {
    if peek() == UInt8(ascii: "\"") {
      let start = position + 1
      var index = start
      while index < bytes.count {
        let byte = bytes[index]
        if byte == UInt8(ascii: "\"") {
          position = index + 1
          return bytes[start..<index]
        }
        if byte == UInt8(ascii: "\\") { break }
        index += 1
      }
    }
    return Array(try string().utf8)[...]
  }

  /// Reads a whole number of 64 bits. Quoted numbers and forms like `1.0` and `1e3` are accepted, as in Zipkin's
  /// reader.
  mutating func int64() throws(SpanError) -> Int64 {
    let text: ArraySlice<UInt8>
    switch peek() {
    case UInt8(ascii: "\""): text = Array(try quoted().utf8)[...]
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): text = bytes[try number()]
    default: throw unexpected("a long")
    }
    var value: Int64 = 0
    var isPlain = !text.isEmpty && text.count <= 18
    for byte in text {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else {
        isPlain = false
        break
      }
      value = value &* 10 &+ Int64(byte - UInt8(ascii: "0"))
      if !isPlain { break }
    }
    if isPlain { return value }
    let written = String(decoding: text, as: UTF8.self)
    if let value = Int64(written) { return value }
    if text.count <= 64, let double = Double(written), let value = Int64(exactly: double) { return value }
    throw SpanError("Expected a long but was \(written.prefix(64))")
  }

  /// Reads `true` or `false`.
  package mutating func bool() throws(SpanError) -> Bool {
    switch peek() {
    case UInt8(ascii: "t"):
      try literal("true")
      return true
    case UInt8(ascii: "f"):
      try literal("false")
      return false
    default: throw unexpected("a boolean")
    }
  }

  /// Reads the text of a number by JSON's grammar; throws for anything that only looks like a number.
  package mutating func strictNumber() throws(SpanError) -> ArraySlice<UInt8> {
    let text = bytes[try number()]
    var rest = text
    func digits() -> Bool {
      let count = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.count
      rest = rest.dropFirst(count)
      return count > 0
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    if rest.first == UInt8(ascii: "0") { rest = rest.dropFirst() } else { guard digits() else { throw malformed() } }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard digits() else { throw malformed() }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard digits() else { throw malformed() }
    }
    guard rest.isEmpty else { throw malformed() }
    return text
  }

  /// Returns to an earlier position, to read a value again.
  mutating func rewind(to mark: Int) { position = min(mark, bytes.count) }

  /// Skips the next value, whatever it is.
  mutating func skip() throws(SpanError) {
    // For each level, whether it is an object. There is no recursion, so that deep nesting takes no stack.
    var levels: [Bool] = []
    repeat {
      switch peek() {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        let isObject = bytes[position] == UInt8(ascii: "{")
        position += 1
        if !take(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
          if levels.count >= Self.maximumDepth { throw SpanError("Malformed") }
          levels.append(isObject)
          if isObject { try passKey() }
          continue
        }
      case UInt8(ascii: "\""): try passQuoted()
      case UInt8(ascii: "t"): try literal("true")
      case UInt8(ascii: "f"): try literal("false")
      case UInt8(ascii: "n"): try literal("null")
      default: _ = try number()
      }
      // A value has ended, and so may the levels around it.
      while let isObject = levels.last {
        if take(UInt8(ascii: ",")) {
          if isObject { try passKey() }
          break
        }
        try expect(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        levels.removeLast()
      }
    } while !levels.isEmpty
  }

  /// Zipkin's error for input that is not JSON.
  func malformed() -> SpanError { SpanError("Malformed") }

  private func unexpected(_ wanted: StaticString) -> SpanError {
    guard position < bytes.count else { return malformed() }
    let found: String
    switch bytes[position] {
    case UInt8(ascii: "{"): found = "BEGIN_OBJECT"
    case UInt8(ascii: "["): found = "BEGIN_ARRAY"
    case UInt8(ascii: "t"), UInt8(ascii: "f"): found = "BOOLEAN"
    case UInt8(ascii: "n"): found = "NULL"
    case UInt8(ascii: "\""): found = "STRING"
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): found = "NUMBER"
    default: return malformed()
    }
    return SpanError("Expected \(wanted) but was \(found)")
  }

  private mutating func passKey() throws(SpanError) {
    guard peek() == UInt8(ascii: "\"") else { throw malformed() }
    try passQuoted()
    try expect(UInt8(ascii: ":"))
  }

  private mutating func passQuoted() throws(SpanError) {
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { position += 1 }
    }
    throw malformed()
  }

  private mutating func literal(_ word: StaticString) throws(SpanError) {
    let text = Array(word.description.utf8)
    guard position + text.count <= bytes.count, bytes[position..<position + text.count].elementsEqual(text) else {
      throw malformed()
    }
    position += text.count
  }

  private mutating func number() throws(SpanError) -> Range<Int> {
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
        UInt8(ascii: "e"), UInt8(ascii: "E"):
        position += 1
        continue
      default: break
      }
      break
    }
    // A skipped number is not checked further; `int64` and `strictNumber` check the numbers that they read.
    guard position > start, position - start <= 1024 else { throw malformed() }
    return start..<position
  }

  /// Reads a string from its opening quote on.
  private mutating func quoted() throws(SpanError) -> String {
    let start = position + 1
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        position = index + 1
        return String(decoding: bytes[start..<index], as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") { return try unescaped(from: start, firstEscape: index) }
      index += 1
    }
    throw malformed()
  }

  private mutating func unescaped(from start: Int, firstEscape: Int) throws(SpanError) -> String {
    var text = Array(bytes[start..<firstEscape])
    position = firstEscape
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      default: text.append(byte)
      }
    }
    throw malformed()
  }

  private mutating func escape(into text: inout [UInt8]) throws(SpanError) {
    guard position < bytes.count else { throw malformed() }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var scalar = try codeUnit()
      if scalar & 0xfc00 == 0xd800, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
        bytes[position + 1] == UInt8(ascii: "u")
      {
        let mark = position
        position += 2
        let second = try codeUnit()
        if second & 0xfc00 == 0xdc00 {
          scalar = 0x10000 + (scalar & 0x3ff) << 10 + (second & 0x3ff)
        } else {
          position = mark
        }
      }
      // Half of a pair is not a character.
      text.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{fffd}").utf8)
    default: throw malformed()
    }
  }

  private mutating func codeUnit() throws(SpanError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw malformed() }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = HexID.anyCaseDigit(byte) else { throw malformed() }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }
}
