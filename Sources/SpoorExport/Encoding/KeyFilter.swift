import SpoorBytes

/// Says of keys seen one after the other whether one may have come before: never wrongly no, seldom wrongly yes. It
/// spares almost every span the comparison of each key with each other.
struct KeyFilter {
  private var seen: UInt64 = 0
  private var repeated: UInt64 = 0

  @inline(__always)
  mutating func insert(_ key: Text) {
    let bit = Self.bit(key)
    repeated |= seen & bit
    seen |= bit
  }

  /// Whether the key may have been inserted.
  @inline(__always)
  func mayContain(_ key: Text) -> Bool { seen & Self.bit(key) != 0 }

  /// Whether the key may have been inserted more than once.
  @inline(__always)
  func mayRepeat(_ key: Text) -> Bool { repeated != 0 && repeated & Self.bit(key) != 0 }

  /// One of 64 bits, from the key's length and last eight bytes: beginnings are what keys have in common.
  @inline(__always)
  private static func bit(_ key: Text) -> UInt64 {
    let count = key.count
    var word: UInt64 = 0
    if count >= 8 {
      word = unsafe UInt64(littleEndian: key.bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    } else {
      for index in 0..<count { word = word << 8 | UInt64(key[index]) }
    }
    return 1 << (((word &+ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15) >> 58)
  }
}
