// SPDX-License-Identifier: Apache-2.0

/// Reads a header's value from left to right without allocating.
///
/// If a function fails, the reader's position is unspecified: the caller discards the whole header or continues with a
/// copy that it made before.
///
/// A reader exists only inside `read` and must not outlive its text; every access is checked against the text's end. It
/// reads the string's own bytes, because reading byte by byte through `String.UTF8View` was two to three times slower.
@safe
struct HeaderReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position: Int
  private var end: Int

  private init(unsafe bytes: UnsafeBufferPointer<UInt8>) {
    unsafe self.bytes = bytes
    position = 0
    end = bytes.count
  }

  /// Longer headers are not read: their sender must not cost more than one that keeps to the rules.
  static let longestText = 4096

  /// Reads a whole text; `nil` if `body` returns `nil` or does not read to the end, or if the text is longer than
  /// ``longestText``.
  ///
  /// - Parameter trimsBlanks: whether to ignore the blanks that HTTP allows around a value (RFC 9110, 5.6.3: space and
  ///   tab).
  /// - Parameter acceptsRepeats: whether `X, X`, a header that was sent twice with the same value, counts as `X`.
  ///   Different values are rejected.
  static func read<Value>(
    _ text: String, trimsBlanks: Bool, acceptsRepeats: Bool = false, _ body: (inout HeaderReader) -> Value?
  ) -> Value? {
    var text = text
    guard text.utf8.count <= longestText else { return nil }
    // The bytes are the string's, which is held until the closure returns and not written to.
    return text.withUTF8 { bytes in
      var reader = unsafe HeaderReader(unsafe: bytes)
      if trimsBlanks { reader.trimBlanks() }
      var repeated = reader
      if let value = body(&reader), reader.isAtEnd { return value }
      guard acceptsRepeats, repeated.keepFirstOfEqualValues(), let value = body(&repeated), repeated.isAtEnd else {
        return nil
      }
      return value
    }
  }

  /// Ends the text before its first comma if all values between commas are the same.
  private mutating func keepFirstOfEqualValues() -> Bool {
    // In bounds, as both ends are.
    let text = unsafe Array(bytes[position..<end])
    guard let comma = text.firstIndex(of: UInt8(ascii: ",")) else { return false }
    var first = text[..<comma]
    while first.last?.isBlank == true { first.removeLast() }
    for value in text[text.index(after: comma)...].split(
      separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    {
      var value = value
      while value.last?.isBlank == true { value.removeLast() }
      while value.first?.isBlank == true { value.removeFirst() }
      guard value.elementsEqual(first) else { return false }
    }
    end = position + first.count
    return true
  }

  /// Reads all that is left, in lower case; `nil` for more than 8 bytes.
  mutating func word() -> String? {
    guard end - position <= 8 else { return nil }
    // In bounds, as both ends are.
    let word = unsafe String(decoding: bytes[position..<end], as: UTF8.self).lowercased()
    skipRest()
    return word
  }

  /// The next byte; `nil` at the end.
  var next: UInt8? {
    // In bounds by the line itself.
    unsafe position < end ? bytes[position] : nil
  }

  /// Whether the whole text has been read.
  var isAtEnd: Bool { position == end }

  /// Skips the rest of the text.
  mutating func skipRest() {
    position = end
  }

  mutating func advance() {
    if position < end { position += 1 }
  }

  /// Skips `byte` if it is next, and returns whether it was.
  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// Reads 1 to 32 lower-case hexadecimal digits that are not all zero, padded with zeros on the left: some senders of
  /// B3 omit leading zeros.
  mutating func unpaddedTraceID() -> TraceID? {
    guard let count = digitCount(atMost: 32) else { return nil }
    guard count > 16 else { return hex(digits: count).flatMap { TraceID(high: 0, low: $0) } }
    guard let high = hex(digits: count - 16), let low = hex(digits: 16) else { return nil }
    return TraceID(high: high, low: low)
  }

  /// Reads 1 to 16 lower-case hexadecimal digits that are not all zero, padded with zeros on the left.
  mutating func unpaddedSpanID() -> SpanID? {
    guard let count = digitCount(atMost: 16), let value = hex(digits: count) else { return nil }
    return SpanID(rawValue: value)
  }

  /// How many hexadecimal digits follow; `nil` for none or for more than the limit.
  private func digitCount(atMost limit: Int) -> Int? {
    var count = 0
    // In bounds by the first condition.
    while position + count < end, unsafe Self.value(ofHexDigit: bytes[position + count]) != nil {
      count += 1
      if count > limit { return nil }
    }
    return count > 0 ? count : nil
  }

  /// Reads exactly two lower-case hexadecimal digits.
  mutating func hexByte() -> UInt8? {
    guard let value = hex(digits: 2) else { return nil }
    return UInt8(truncatingIfNeeded: value)
  }

  /// Reads 32 or 16 lower-case hexadecimal digits that are not all zero and are followed by something else.
  mutating func traceID() -> TraceID? {
    guard let first = hex(digits: 16) else { return nil }
    guard let digit = next, Self.value(ofHexDigit: digit) != nil else { return TraceID(high: 0, low: first) }
    guard let second = hex(digits: 16) else { return nil }
    return TraceID(high: first, low: second)
  }

  /// Reads exactly 32 lower-case hexadecimal digits that are not all zero.
  mutating func paddedTraceID() -> TraceID? {
    guard let high = hex(digits: 16), let low = hex(digits: 16) else { return nil }
    return TraceID(high: high, low: low)
  }

  /// Reads exactly 16 lower-case hexadecimal digits that are not all zero.
  mutating func spanID() -> SpanID? {
    guard let value = hex(digits: 16) else { return nil }
    return SpanID(rawValue: value)
  }

  private mutating func hex(digits: Int) -> UInt64? {
    guard end - position >= digits else { return nil }
    var value: UInt64 = 0
    for index in position..<position + digits {
      // In bounds by the first line.
      guard let digit = unsafe Self.value(ofHexDigit: bytes[index]) else { return nil }
      value = value << 4 | UInt64(digit)
    }
    position += digits
    return value
  }

  private mutating func trimBlanks() {
    while next?.isBlank == true { position += 1 }
    // In bounds because `end` is above `position`.
    while position < end, unsafe bytes[end - 1].isBlank { end -= 1 }
  }

  /// Lower case only: B3, W3C and Zipkin all forbid upper-case digits.
  private static func value(ofHexDigit byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
    default: nil
    }
  }
}

extension UInt8 {
  /// Space or tab.
  var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}
