/// Reads a header's value from left to right, a byte at a time, without allocating.
///
/// What a function does not find leaves the reader somewhere in the middle: callers give the whole header up then.
struct HeaderReader {
  /// The byte that is read next; `nil` at the end.
  private(set) var next: UInt8?
  private var bytes: String.UTF8View.Iterator

  /// A reader for which every byte counts.
  init(exactly value: String) {
    bytes = value.utf8.makeIterator()
    next = bytes.next()
  }

  /// A reader that passes over the blanks HTTP allows around a value (RFC 9110, 5.6.3: space and tab).
  init(trimming value: String) {
    self.init(exactly: value)
    skipBlanks()
  }

  mutating func advance() {
    next = bytes.next()
  }

  /// Passes over `byte` if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    advance()
    return true
  }

  /// Whether nothing but blanks is left.
  mutating func isAtEnd() -> Bool {
    skipBlanks()
    return next == nil
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
    var value: UInt64 = 0
    for _ in 0..<digits {
      guard let byte = next, let digit = Self.value(ofHexDigit: byte) else { return nil }
      value = value << 4 | UInt64(digit)
      advance()
    }
    return value
  }

  private mutating func skipBlanks() {
    while let byte = next, byte.isBlank { advance() }
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
