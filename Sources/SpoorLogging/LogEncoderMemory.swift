internal import SpoorBytes

/// What an encoder's caller keeps from record to record: the formatted second, and room to put fields in order.
package struct LogEncoderMemory: ~Copyable, Sendable {
  var timestamp = LogTimestamp()
  var ids = LogTraceText()
  var fields = FieldSorter()
  var keys = KeyPlans()
  var event = EventLine()
  var plain = PlainFields()

  package init() {}
}

/// Fields as they are written, `,"key":value` each, until they are put in the order of their keys.
///
/// Sorting what is written costs a comparison of bytes; sorting the fields themselves copied and compared strings, which
/// cost more than writing them.
struct FieldSorter: ~Copyable, Sendable {
  /// Not private: Swift 6.3 fails on the debug information of a ``PlainList`` of private ones.
  struct Piece: BitwiseCopyable {
    let start: Int
    let keyEnd: Int
    let end: Int
    /// The key's first eight bytes, the first one highest.
    let order: UInt64
  }

  /// Of the comma and the quote before a key.
  static let keyOffset = 2

  var bytes = GrowingBytes(capacity: 1024)
  private var pieces = PlainList<Piece>()

  mutating func removeAll() {
    bytes.removeAll()
    pieces.removeAll()
  }

  /// The first eight bytes of a key, the first one highest.
  static func order(of key: UnsafeRawBufferPointer) -> UInt64 {
    var order: UInt64 = 0
    for offset in 0..<8 { order = order << 8 | UInt64(offset < key.count ? unsafe key[offset] : 0) }
    return order
  }

  /// The same of a key that is written from `keyOffset` behind `start` on, and ends before `keyEnd`.
  static func order(in bytes: borrowing GrowingBytes, from start: Int, keyEnd: Int) -> UInt64 {
    unsafe bytes.withBytes { unsafe order(of: UnsafeRawBufferPointer(rebasing: $0[start + keyOffset..<keyEnd])) }
  }

  /// Notes that what was written from `start` on is a field whose key ends before `keyEnd`.
  mutating func add(from start: Int, keyEnd: Int) {
    add(from: start, keyEnd: keyEnd, order: Self.order(in: bytes, from: start, keyEnd: keyEnd))
  }

  /// The same, where the key's ``order(of:)`` is known.
  @inline(__always)
  mutating func add(from start: Int, keyEnd: Int, order: UInt64) {
    let piece = Piece(start: start, keyEnd: keyEnd, end: bytes.count, order: order)
    // Few, and the newest is often the last: each goes to its place at once, and those behind it move on.
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
    bytes.reserve(15)  // Which are read, and mean nothing.
    unsafe bytes.withBytes { bytes in
      for index in 0..<pieces.count {
        let piece = pieces[index]
        unsafe output.appendBlocks(UnsafeRawBufferPointer(rebasing: bytes[piece.start..<piece.end]))
      }
    }
  }
}
