// SPDX-License-Identifier: Apache-2.0

/// Parses imperfect JSON in logs into the words of a ``JSONTape``: NaN, Infinity, numbers of any size, raw control
/// characters in texts and invalid UTF-8 (which becomes U+FFFD) are accepted.
///
/// It is slower than the strict parser and only used for texts that the strict one refuses.
@safe
struct LenientJSON: ~Copyable {
  /// Deeper nesting is refused, because a log can contain anything.
  static let maximumDepth = 128

  /// The words and texts, which this value owns.
  private(set) var words = UnsafeMutablePointer<UInt64>.allocate(capacity: 1024)
  private(set) var texts = UnsafeMutablePointer<UInt8>.allocate(capacity: 16 << 10)
  private var wordRoom = 1024
  private var textRoom = 16 << 10
  private var wordCount = 0
  private var textCount = 0
  private var position = 0

  deinit {
    unsafe words.deallocate()
    unsafe texts.deallocate()
  }

  /// Whether the bytes are exactly one value; it is then on the tape.
  mutating func parse(_ bytes: UnsafeRawBufferPointer) -> Bool {
    (wordCount, textCount, position) = (0, 0, 0)
    append(UInt8(ascii: "r"), 0)
    guard unsafe value(bytes, depth: 0) else { return false }
    unsafe skipSpace(bytes)
    return position == bytes.count
  }

  private mutating func append(_ kind: UInt8, _ payload: UInt64) { appendWord(UInt64(kind) << 56 | payload) }

  private mutating func appendWord(_ word: UInt64) {
    if wordCount == wordRoom {
      let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: wordRoom * 2)
      unsafe larger.update(from: words, count: wordCount)
      unsafe words.deallocate()
      unsafe words = larger
      wordRoom *= 2
    }
    unsafe words[wordCount] = word
    wordCount += 1
  }

  private mutating func appendText(_ kind: UInt8, _ bytes: some Collection<UInt8>) {
    let needed = textCount + 4 + bytes.count + 64
    if needed > textRoom {
      let room = max(needed, textRoom * 2)
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
      unsafe larger.update(from: texts, count: textCount)
      unsafe texts.deallocate()
      unsafe texts = larger
      textRoom = room
    }
    append(kind, UInt64(textCount))
    unsafe UnsafeMutableRawPointer(texts + textCount).storeBytes(of: UInt32(bytes.count), as: UInt32.self)
    textCount += 4
    for byte in bytes {
      unsafe texts[textCount] = byte
      textCount += 1
    }
    // The format ends each text with a zero byte; the next length needs no alignment.
    unsafe texts[textCount] = 0
    textCount += 1
  }

  private mutating func skipSpace(_ bytes: UnsafeRawBufferPointer) {
    while position < bytes.count {
      switch unsafe bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ bytes: UnsafeRawBufferPointer, _ character: Unicode.Scalar) -> Bool {
    unsafe skipSpace(bytes)
    guard position < bytes.count, unsafe bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(_ bytes: UnsafeRawBufferPointer, depth: Int) -> Bool {
    unsafe skipSpace(bytes)
    guard depth < Self.maximumDepth, position < bytes.count else { return false }
    switch unsafe bytes[position] {
    case UInt8(ascii: "\""): return unsafe string(bytes)
    case UInt8(ascii: "{"): return unsafe container(bytes, depth, "{", "}")
    case UInt8(ascii: "["): return unsafe container(bytes, depth, "[", "]")
    case UInt8(ascii: "t"): return unsafe word(bytes, "true", JSONTape.Kind.yes)
    case UInt8(ascii: "f"): return unsafe word(bytes, "false", JSONTape.Kind.no)
    case UInt8(ascii: "n"): return unsafe word(bytes, "null", JSONTape.Kind.null)
    default: return unsafe number(bytes)
    }
  }

  private mutating func container(
    _ bytes: UnsafeRawBufferPointer, _ depth: Int, _ open: Unicode.Scalar, _ close: Unicode.Scalar
  ) -> Bool {
    position += 1
    let start = wordCount
    append(UInt8(ascii: open), 0)
    if unsafe !take(bytes, close) {
      repeat {
        unsafe skipSpace(bytes)
        if open == "{" {
          guard unsafe string(bytes), unsafe take(bytes, ":") else { return false }
        }
        guard unsafe value(bytes, depth: depth + 1) else { return false }
      } while unsafe take(bytes, ",")
      guard unsafe take(bytes, close) else { return false }
    }
    append(UInt8(ascii: close), UInt64(start))
    unsafe words[start] |= UInt64(UInt32(truncatingIfNeeded: wordCount))
    return true
  }

  private mutating func word(_ bytes: UnsafeRawBufferPointer, _ word: StaticString, _ kind: UInt8) -> Bool {
    let count = word.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    for index in 0..<count where unsafe bytes[position + index] != word.utf8Start[index] { return false }
    position += count
    append(kind, 0)
    return true
  }

  private mutating func number(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = position
    while position < bytes.count {
      switch unsafe bytes[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
        position += 1
        continue
      default: break
      }
      break
    }
    let text = unsafe String(decoding: bytes[start..<position], as: UTF8.self)
    if let value = Int64(text) {
      append(JSONTape.Kind.signed, 0)
      appendWord(UInt64(bitPattern: value))
    } else if let value = UInt64(text) {
      append(JSONTape.Kind.unsigned, 0)
      appendWord(value)
    } else if text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "-") }), text.contains(where: \.isNumber) {
      appendText(JSONTape.Kind.number, text.utf8)
    } else if let value = Double(text), !text.lowercased().hasPrefix("0x") {
      append(JSONTape.Kind.double, 0)
      appendWord(value.bitPattern)
    } else {
      return false
    }
    return true
  }

  private mutating func string(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard position < bytes.count, unsafe bytes[position] == UInt8(ascii: "\"") else { return false }
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = unsafe bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        // Decoded and encoded again, so that invalid UTF-8 becomes U+FFFD.
        appendText(JSONTape.Kind.string, Array(String(decoding: text, as: UTF8.self).utf8))
        return true
      case UInt8(ascii: "\\"):
        guard unsafe escape(bytes, &text) else { return false }
      default: text.append(byte)
      }
    }
    return false
  }

  private mutating func escape(_ bytes: UnsafeRawBufferPointer, _ text: inout [UInt8]) -> Bool {
    guard position < bytes.count else { return false }
    let byte = unsafe bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      guard let scalar = unsafe scalar(bytes) else { return false }
      text.append(contentsOf: String(scalar).utf8)
    default: text.append(byte)
    }
    return true
  }

  /// The character of a `\u` escape, or of two that are a surrogate pair; half a pair is U+FFFD.
  private mutating func scalar(_ bytes: UnsafeRawBufferPointer) -> Unicode.Scalar? {
    guard let first = unsafe codeUnit(bytes) else { return nil }
    if first & 0xFC00 == 0xD800, position + 6 <= bytes.count, unsafe bytes[position] == UInt8(ascii: "\\"),
      unsafe bytes[position + 1] == UInt8(ascii: "u")
    {
      let mark = position
      position += 2
      if let second = unsafe codeUnit(bytes), second & 0xFC00 == 0xDC00 {
        return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF))
      }
      position = mark
    }
    return Unicode.Scalar(first) ?? "\u{FFFD}"
  }

  private mutating func codeUnit(_ bytes: UnsafeRawBufferPointer) -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for index in position..<position + 4 {
      guard let digit = unsafe Character(Unicode.Scalar(bytes[index])).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }
}
