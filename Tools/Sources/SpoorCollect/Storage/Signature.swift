// SPDX-License-Identifier: Apache-2.0

/// The words that occur in a trace, as a Bloom filter of 512 bits. A search for a tag only reads the traces that may
/// have it.
///
/// A word sets two bits. A trace of 10 spans with 5 tags each sets about a sixth of them, so about one trace in thirty
/// is read in vain. The hash is written to disk, so it must never change (FNV-1a, 64 bits).
struct Signature: Equatable, Sendable {
  static let lanes = 8
  private(set) var bits = [UInt64](repeating: 0, count: lanes)

  init() {}

  init(bits: [UInt64]) { self.bits = bits }

  /// The mark of a trace with a log record that has fields within nested objects.
  static let nested: Signature = {
    var signature = Signature()
    signature.insert(word: "\u{0}nested")
    return signature
  }()

  mutating func insert(_ hash: UInt64) {
    for part in [hash & 511, hash >> 9 & 511] { bits[Int(part >> 6)] |= 1 << (part & 63) }
  }

  mutating func insert(word: String) { insert(Self.hash(word.utf8)) }

  mutating func insert(key: String, value: String) {
    let hash = Self.hash(key.utf8)
    insert(hash)
    insert(Self.hash(value.utf8, from: Self.hash(CollectionOfOne(UInt8(ascii: "=")), from: hash)))
  }

  mutating func formUnion(_ other: Signature) {
    for lane in 0..<Self.lanes { bits[lane] |= other.bits[lane] }
  }

  static func hash(_ bytes: some Sequence<UInt8>, from start: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
    var hash = start
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash ^ hash >> 32
  }
}
