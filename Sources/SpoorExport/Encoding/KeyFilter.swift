// SPDX-License-Identifier: Apache-2.0

import SpoorBase

/// A Bloom filter that tells whether a key may have been seen before: `false` is certain, `true` is seldom wrong. With
/// it, almost no span needs a comparison of each key with every other.
///
/// It has two hashes of 256 bits each. With one of 64, every third span of eight attributes had two keys in the same
/// bit; with two of 64, every sixth key of 64 was searched for in vain.
struct KeyFilter {
  private var seen = Bits()
  private var repeated = Bits()
  private var hasRepeated = false

  /// A set of bits for each hash.
  private struct Bits {
    private var first = SIMD4<UInt64>()
    private var second = SIMD4<UInt64>()

    @inline(__always)
    func has(_ key: Place) -> Bool {
      first[key.first.word] & key.first.bit != 0 && second[key.second.word] & key.second.bit != 0
    }

    @inline(__always)
    mutating func insert(_ key: Place) {
      first[key.first.word] |= key.first.bit
      second[key.second.word] |= key.second.bit
    }
  }

  /// One bit of each hash, from the key's length and its last eight bytes, because keys often share a prefix.
  private struct Place {
    let first: (word: Int, bit: UInt64)
    let second: (word: Int, bit: UInt64)

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
      first = (Int(truncatingIfNeeded: hash >> 62), 1 << (hash >> 56 & 63))
      second = (Int(truncatingIfNeeded: hash >> 54 & 3), 1 << (hash >> 48 & 63))
    }
  }

  @inline(__always)
  mutating func insert(_ key: Text) {
    let place = Place(key)
    if seen.has(place) {
      repeated.insert(place)
      hasRepeated = true
    }
    seen.insert(place)
  }

  /// Whether the key may have been inserted.
  @inline(__always)
  func mayContain(_ key: Text) -> Bool { seen.has(Place(key)) }

  /// Whether the key may have been inserted more than once.
  @inline(__always)
  func mayRepeat(_ key: Text) -> Bool { hasRepeated && repeated.has(Place(key)) }
}
