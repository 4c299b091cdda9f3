extension GrowingBytes {
  /// Appends text inside a JSON string: `"`, `\`, C0, DEL, C1, U+2028 and U+2029 are escaped, what is not UTF-8 becomes
  /// U+FFFD. No input can end the string, the line, or reach a terminal as a control sequence.
  @inline(__always)
  public mutating func appendEscaped(_ text: Text) { appendText(text, escaping: true) }

  /// Appends a JSON string, quotes included.
  public mutating func appendQuoted(_ text: Text) {
    append(UInt8(ascii: "\""))
    appendEscaped(text)
    append(UInt8(ascii: "\""))
  }

  /// Appends text as it is; what is not UTF-8 becomes U+FFFD.
  @inline(__always)
  public mutating func appendValidated(_ text: Text) { appendText(text, escaping: false) }

  /// Copies the longest runs of harmless bytes eight at a time, and looks only at those that stop a run.
  private mutating func appendText(_ text: Text, escaping: Bool) {
    guard let start = unsafe text.bytes.baseAddress else { return }
    let end = text.count
    var index = 0
    while index < end {
      unsafe appendUpTo(end - index + 8) { room in
        var written = 0
        while index + 8 <= end {
          let word = unsafe UInt64(littleEndian: start.loadUnaligned(fromByteOffset: index, as: UInt64.self))
          // Stored whole: what lies behind the run is overwritten by what follows, and there is room for it.
          unsafe room.storeBytes(of: word.littleEndian, toByteOffset: written, as: UInt64.self)
          let stops = Self.stops(word, escaping: escaping)
          if stops != 0 {
            let run = stops.trailingZeroBitCount / 8
            index += run
            return written + run
          }
          index += 8
          written += 8
        }
        guard index < end else { return written }
        let word = unsafe Self.rest(start + index, end - index)
        unsafe room.storeBytes(of: word.littleEndian, toByteOffset: written, as: UInt64.self)
        let stops = Self.stops(word, escaping: escaping)
        let run = stops == 0 ? end - index : stops.trailingZeroBitCount / 8
        index += run
        return written + run
      }
      if index < end {
        unsafe appendStop(UnsafeRawBufferPointer(start: start, count: end), &index, escaping: escaping)
      }
    }
  }

  /// The high bit of the first byte that needs a look, and possibly of some behind it; 0 where there is none.
  ///
  /// A borrow can only mark bytes above one that is truly marked: the lowest mark is exact.
  @inline(__always)
  fileprivate static func stops(_ word: UInt64, escaping: Bool) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    guard escaping else { return word & ones << 7 }
    let quote = word ^ ones &* 0x22
    let backslash = word ^ ones &* 0x5C
    let delete = word ^ ones &* 0x7F
    let marks =
      (word &- ones &* 0x20) & ~word | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
      | (delete &- ones) & ~delete | word
    return marks & ones << 7
  }

  /// The 1 to 7 bytes at the end of a text, with spaces behind them, which never stop a run. No load spans two words of
  /// eight: a short string has just been stored as two, and the processor would wait until both have left for the cache.
  @inline(__always)
  fileprivate static func rest(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
    let spaces = 0x2020_2020_2020_2020 &<< UInt64(count * 8)
    if count >= 4 {
      let first = unsafe UInt64(UInt32(littleEndian: start.loadUnaligned(as: UInt32.self)))
      let last = unsafe UInt64(
        UInt32(littleEndian: start.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)))
      return first | last &<< UInt64((count - 4) * 8) | spaces
    }
    let first = unsafe UInt64(start.load(as: UInt8.self))
    let middle = unsafe UInt64(start.load(fromByteOffset: count / 2, as: UInt8.self))
    let last = unsafe UInt64(start.load(fromByteOffset: count - 1, as: UInt8.self))
    return first | middle &<< UInt64(count / 2 * 8) | last &<< UInt64((count - 1) * 8) | spaces
  }

  /// Appends what stopped a run: a character that needs an escape, or one that is not ASCII.
  private mutating func appendStop(_ bytes: UnsafeRawBufferPointer, _ index: inout Int, escaping: Bool) {
    let byte = unsafe bytes[index]
    guard byte < 0x80 else {
      let (length, isValid) = unsafe UTF8Sequence.length(bytes, at: index)
      if !isValid {
        append("\u{FFFD}" as StaticString)
      } else if escaping, let escape = unsafe Self.escape(bytes, at: index, length: length) {
        append(escape)
        if length == 2 {
          let byte = unsafe bytes[index + 1]
          append(byte >> 4 | 0x30)  // 8 or 9
          append(Self.hexDigit(byte & 15))
        } else {
          append(unsafe bytes[index + 2] == 0xA8 ? UInt8(ascii: "8") : UInt8(ascii: "9"))
        }
      } else {
        unsafe append(UnsafeRawBufferPointer(rebasing: bytes[index..<index + length]))
      }
      index += length
      return
    }
    index += 1
    append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
    case UInt8(ascii: "\n"): append(UInt8(ascii: "n"))
    case UInt8(ascii: "\r"): append(UInt8(ascii: "r"))
    case UInt8(ascii: "\t"): append(UInt8(ascii: "t"))
    default:
      append("u00" as StaticString)
      append(0x30 + byte >> 4)
      append(Self.hexDigit(byte & 15))
    }
  }

  private static func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

  /// How the escape of a well-formed character begins, where it needs one: C1 (U+0080 to U+009F), U+2028, U+2029.
  private static func escape(_ bytes: UnsafeRawBufferPointer, at index: Int, length: Int) -> StaticString? {
    if length == 2, unsafe bytes[index] == 0xC2, unsafe bytes[index + 1] < 0xA0 { return "\\u00" }
    if length == 3, unsafe bytes[index] == 0xE2, unsafe bytes[index + 1] == 0x80,
      unsafe bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9
    {
      return "\\u202"
    }
    return nil
  }
}

extension BytesWriter {
  /// What ``appendIfPlain(_:)`` needs room for, beside the text.
  public static var roomBesidePlain: Int { 2 + 8 }

  /// Writes a JSON string, quotes included, of a text that is in it as it is: ASCII, and nothing that is escaped. Says false
  /// for another, of which what was written is to be forgotten.
  public mutating func appendIfPlain(_ text: UnsafeRawBufferPointer) -> Bool {
    appendInteger(UInt8(ascii: "\""))
    let count = text.count
    if let start = text.baseAddress, count > 0 {
      var index = 0
      while index + 8 <= count {
        let word = unsafe UInt64(littleEndian: start.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        unsafe place.storeBytes(of: word.littleEndian, toByteOffset: index, as: UInt64.self)
        if GrowingBytes.stops(word, escaping: true) != 0 { return false }
        index += 8
      }
      if index < count {
        let word = unsafe GrowingBytes.rest(start + index, count - index)
        unsafe place.storeBytes(of: word.littleEndian, toByteOffset: index, as: UInt64.self)
        if GrowingBytes.stops(word, escaping: true) != 0 { return false }
      }
      unsafe place += count
    }
    appendInteger(UInt8(ascii: "\""))
    return true
  }
}
