/// Reads a header's value from left to right without allocating.
///
/// What a function does not find leaves the reader somewhere in the middle: callers give the whole header up then, or go
/// on with a copy they made before.
///
/// A reader exists only inside `read`, whose text it must not outlive; every look is checked against the text's end.
/// Over the string's own bytes, because going through `String.UTF8View` a byte at a time made reading a header two to three
/// times as expensive.
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

  /// Reads all of a text; nothing if `body` finds nothing or leaves something unread.
  ///
  /// - Parameter trimsBlanks: passes over the blanks that HTTP allows around a value (RFC 9110, 5.6.3: space and tab).
  static func read<Value>(
    _ text: String, trimsBlanks: Bool, _ body: (inout HeaderReader) -> Value?
  ) -> Value? {
    var text = text
    // The bytes are the string's, which is held until the closure returns and not written to.
    return text.withUTF8 { bytes in
      var reader = unsafe HeaderReader(unsafe: bytes)
      if trimsBlanks { reader.trimBlanks() }
      guard let value = body(&reader), reader.isAtEnd else { return nil }
      return value
    }
  }

  /// The byte that is read next; `nil` at the end.
  var next: UInt8? {
    // In bounds by the line itself.
    unsafe position < end ? bytes[position] : nil
  }

  /// Whether nothing is left.
  var isAtEnd: Bool { position == end }

  /// Passes over what is left, unread.
  mutating func skipRest() {
    position = end
  }

  mutating func advance() {
    if position < end { position += 1 }
  }

  /// Passes over `byte` if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// Exactly two lower-case hexadecimal digits.
  mutating func hexByte() -> UInt8? {
    guard let value = hex(digits: 2) else { return nil }
    return UInt8(truncatingIfNeeded: value)
  }

  /// 32 or 16 lower-case hexadecimal digits that are not all zero, ended by something that is no digit.
  mutating func traceID() -> TraceID? {
    guard let first = hex(digits: 16) else { return nil }
    guard let digit = next, Self.value(ofHexDigit: digit) != nil else { return TraceID(high: 0, low: first) }
    guard let second = hex(digits: 16) else { return nil }
    return TraceID(high: first, low: second)
  }

  /// Exactly 32 lower-case hexadecimal digits that are not all zero.
  mutating func paddedTraceID() -> TraceID? {
    guard let high = hex(digits: 16), let low = hex(digits: 16) else { return nil }
    return TraceID(high: high, low: low)
  }

  /// Exactly 16 lower-case hexadecimal digits that are not all zero.
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
