// SPDX-License-Identifier: Apache-2.0

import SpoorBase

/// A Bloom filter that tells whether a key may have been seen before: `false` is certain, `true` is seldom wrong. With
/// it, almost no span needs a comparison of each key with every other.
///
/// It has two hashes of 64 bits each. With one, every third span of eight attributes had two keys in the same bit.
struct KeyFilter {
  private var seen = Bits()
  private var repeated = Bits()

  private struct Bits {
    var first: UInt64 = 0
    var second: UInt64 = 0

    init() {}

    /// One bit of each hash, from the key's length and its last eight bytes, because keys often share a prefix.
    @inline(__always)
    init(_ key: Text) {
      let count = key.count
      var word: UInt64 = 0
      if count >= 8 {
        word = unsafe UInt64(littleEndian: key.bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
      } else {
        for index in 0..<count { word = word << 8 | UInt64(key[index]) }
      }
      let hash = (word &+ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15
      first = 1 << (hash >> 58)
      second = 1 << (hash >> 52 & 63)
    }

    @inline(__always)
    func has(_ bits: Bits) -> Bool { first & bits.first != 0 && second & bits.second != 0 }
  }

  @inline(__always)
  mutating func insert(_ key: Text) {
    let bits = Bits(key)
    if seen.has(bits) {
      repeated.first |= bits.first
      repeated.second |= bits.second
    }
    seen.first |= bits.first
    seen.second |= bits.second
  }

  /// Whether the key may have been inserted.
  @inline(__always)
  func mayContain(_ key: Text) -> Bool { seen.has(Bits(key)) }

  /// Whether the key may have been inserted more than once.
  @inline(__always)
  func mayRepeat(_ key: Text) -> Bool { repeated.first != 0 && repeated.has(Bits(key)) }
}
