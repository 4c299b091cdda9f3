// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// Encoded fields, `,"key":value` each, which are sorted by key before they are appended to a record.
///
/// Sorting encoded fields only compares bytes. Sorting the fields before encoding copied and compared strings, which
/// cost more than writing them.
struct FieldSorter: ~Copyable, Sendable {
  /// Not private: Swift 6.3 fails on the debug information of a ``PlainList`` of private ones.
  struct Piece: BitwiseCopyable {
    let start: Int
    let keyEnd: Int
    let end: Int
    /// The key's first eight bytes, the first one most significant.
    let order: UInt64
  }

  /// The length of the comma and the quote before a key.
  static let keyOffset = 2

  var bytes = GrowingBytes(capacity: 1024)
  private var pieces = PlainList<Piece>()

  mutating func removeAll() {
    bytes.removeAll()
    pieces.removeAll()
  }

  /// The first eight bytes of a key, the first one most significant.
  static func order(of key: UnsafeRawBufferPointer) -> UInt64 {
    var order: UInt64 = 0
    for offset in 0..<8 { order = order << 8 | UInt64(offset < key.count ? unsafe key[offset] : 0) }
    return order
  }

  /// The first eight bytes of the encoded key that begins `keyOffset` after `start` and ends before `keyEnd`.
  static func order(in bytes: borrowing GrowingBytes, from start: Int, keyEnd: Int) -> UInt64 {
    unsafe bytes.withBytes { unsafe order(of: UnsafeRawBufferPointer(rebasing: $0[start + keyOffset..<keyEnd])) }
  }

  /// Adds the bytes written from `start` on as a field whose key ends before `keyEnd`.
  mutating func add(from start: Int, keyEnd: Int) {
    add(from: start, keyEnd: keyEnd, order: Self.order(in: bytes, from: start, keyEnd: keyEnd))
  }

  /// Adds a field whose key has the given ``order(of:)``.
  @inline(__always)
  mutating func add(from start: Int, keyEnd: Int, order: UInt64) {
    let piece = Piece(start: start, keyEnd: keyEnd, end: bytes.count, order: order)
    // An insertion sort: there are few fields, and the newest is often the last.
    var index = pieces.count
    pieces.append(piece)
    while index > 0, precedes(piece, pieces[index - 1]) {
      pieces[index] = pieces[index - 1]
      index -= 1
    }
    if index > 0, pieces[index - 1].order == order, !precedes(pieces[index - 1], piece) {
      pieces[index - 1] = piece  // The same key again: the last one counts.
      pieces.remove(at: index)
    } else {
      pieces[index] = piece
    }
  }

  @inline(__always)
  private borrowing func precedes(_ left: Piece, _ right: Piece) -> Bool {
    left.order != right.order ? left.order < right.order : precedesBehindTheFirstEight(left, right)
  }

  @inline(never)
  private borrowing func precedesBehindTheFirstEight(_ left: Piece, _ right: Piece) -> Bool {
    unsafe bytes.withBytes { bytes in
      unsafe bytes[left.start + Self.keyOffset..<left.keyEnd].lexicographicallyPrecedes(
        bytes[right.start + Self.keyOffset..<right.keyEnd])
    }
  }

  /// Appends the fields in their order.
  mutating func append(to output: inout GrowingBytes) {
    bytes.reserve(15)  // The copy reads up to 15 bytes more.
    unsafe bytes.withBytes { bytes in
      for index in 0..<pieces.count {
        let piece = pieces[index]
        unsafe output.appendBlocks(UnsafeRawBufferPointer(rebasing: bytes[piece.start..<piece.end]))
      }
    }
  }
}
