// SPDX-License-Identifier: Apache-2.0

/// The sequences of three bytes that occur in texts, as a bit set: a search for a text only reads traces in whose texts
/// all its sequences occur.
///
/// ASCII letters count in lower case. A sequence sets one of 31 744 bits, which fit into one page of SQLite. The places
/// are written to disk, so they must never change.
struct Trigrams: Sendable, Equatable {
  private static let count: UInt64 = 31_744
  /// Empty as long as no bit is set.
  private var words: [UInt64] = []

  init() {}

  /// Reads what ``bytes`` wrote; `nil` for anything else.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.count / 8 else { return nil }
    words = (0..<bytes.count / 8).map { word in
      (0..<8).reversed().reduce(0) { $0 << 8 | UInt64(bytes[word * 8 + $1]) }
    }
  }

  var isEmpty: Bool { words.isEmpty }

  /// The bits, the lowest one first.
  var bytes: [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
  }

  /// Bytes of memory.
  var memoryCost: Int { words.count * 8 }

  mutating func insert(_ text: String) {
    var text = text
    text.withUTF8 { unsafe insert($0) }
  }

  mutating func insert(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBufferPointer { unsafe insert($0) }
  }

  private mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count >= 3 else { return }
    if words.isEmpty { words = [UInt64](repeating: 0, count: Int(Self.count / 64)) }
    var last: UInt32 = 0
    for index in 0..<bytes.count {
      last = Self.next(last, unsafe bytes[index])
      guard index >= 2 else { continue }
      let place = Self.place(last)
      words[place >> 6] |= 1 << UInt64(place & 63)
    }
  }

  /// Adds the bits of others, and returns whether any was new.
  mutating func formUnion(_ other: Trigrams) -> Bool {
    if other.isEmpty { return false }
    if words.isEmpty {
      words = other.words
      return true
    }
    var new: UInt64 = 0
    for index in words.indices {
      new |= other.words[index] & ~words[index]
      words[index] |= other.words[index]
    }
    return new != 0
  }

  /// The places of a text's sequences, without repetitions.
  static func places(of text: [UInt8]) -> Set<Int> {
    var places: Set<Int> = []
    var last: UInt32 = 0
    for (index, byte) in text.enumerated() {
      last = next(last, byte)
      if index >= 2 { places.insert(place(last)) }
    }
    return places
  }

  /// Whether a bit set in the form of ``bytes`` has all places; true for anything else, which may have any.
  static func contains(_ places: Set<Int>, in bytes: [UInt8]) -> Bool {
    bytes.count != count / 8 || places.allSatisfy { bytes[$0 >> 3] & 1 << ($0 & 7) != 0 }
  }

  private static func next(_ last: UInt32, _ byte: UInt8) -> UInt32 {
    (last << 8 | UInt32(byte &- 0x41 < 26 ? byte | 0x20 : byte)) & 0xff_ffff
  }

  private static func place(_ sequence: UInt32) -> Int {
    Int((UInt64(sequence &* 0x9e37_79b1) &* count) >> 32)
  }
}
