// SPDX-License-Identifier: Apache-2.0

extension GrowingBytes {
  /// Appends text inside a JSON string: `"`, `\`, C0, DEL, C1, U+2028 and U+2029 are escaped, and invalid UTF-8 becomes
  /// U+FFFD. No input can end the string or the line, or reach a terminal as a control sequence.
  @inline(__always)
  public mutating func appendEscaped(_ text: Text) { appendText(text, escaping: true) }

  /// Appends a JSON string, quotes included.
  public mutating func appendQuoted(_ text: Text) {
    append(UInt8(ascii: "\""))
    appendEscaped(text)
    append(UInt8(ascii: "\""))
  }

  /// Appends text unescaped; invalid UTF-8 becomes U+FFFD.
  @inline(__always)
  public mutating func appendValidated(_ text: Text) { appendText(text, escaping: false) }

  /// Copies runs of harmless bytes eight at a time, and inspects only the bytes that stop a run.
  private mutating func appendText(_ text: Text, escaping: Bool) {
    guard let start = unsafe text.bytes.baseAddress else { return }
    let end = text.count
    var index = 0
    while index < end {
      unsafe appendUpTo(end - index + 8) { room in
        var written = 0
        while index + 8 <= end {
          let word = unsafe UInt64(littleEndian: start.loadUnaligned(fromByteOffset: index, as: UInt64.self))
          // The whole word is stored. Bytes after the run are overwritten later, and there is room for them.
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

  /// A word with the high bit set in the first byte that needs inspection, and possibly in later ones; 0 if there is
  /// none.
  ///
  /// A borrow can only mark bytes above a truly marked one, so the lowest mark is exact.
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

  /// The last 1 to 7 bytes of a text, padded with spaces, which never stop a run. No load spans two words of eight
  /// bytes: a short string has often just been stored as two words, and the processor would stall until both are in the
  /// cache.
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

  /// Appends the character that stopped a run: one that needs an escape, or one outside ASCII.
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
          append(HexBytes.digit(byte & 15))
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
      append(HexBytes.digit(byte & 15))
    }
  }

  /// The beginning of the escape of a well-formed character that needs one: C1 (U+0080 to U+009F), U+2028, U+2029. Nil
  /// for any other character.
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
  /// The room that ``appendIfPlain(_:)`` needs in addition to the text.
  public static var roomBesidePlain: Int { 2 + 8 }

  /// Writes a JSON string, quotes included, if the text is ASCII and needs no escape. Returns false for any other text;
  /// the caller then discards what was written.
  public mutating func appendIfPlain(_ text: UnsafeRawBufferPointer) -> Bool {
    appendInteger(UInt8(ascii: "\""))
    let count = text.count
    if let start = text.baseAddress, count > 0 {
      expectRoom(for: (count + 7) & ~7)
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
