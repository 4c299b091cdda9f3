internal import SpoorBytes

/// What an encoder's caller keeps from record to record: the formatted second, and room to put fields in order.
package struct LogEncoderMemory: ~Copyable, Sendable {
  var timestamp = LogTimestamp()
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
@safe
struct FieldSorter: ~Copyable, @unchecked Sendable {  // It owns its memory alone.
  private struct Piece: BitwiseCopyable {
    let start: Int
    let keyEnd: Int
    let end: Int
    /// The key's first eight bytes, the first one highest.
    let order: UInt64
    var length: Int { end - start }
  }

  /// Of the comma and the quote before a key.
  static let keyOffset = 2

  var bytes = GrowingBytes(capacity: 1024)
  /// `count` pieces in memory for `room`. Not an array, whose insertion costs 15 ns.
  private var pieces: UnsafeMutablePointer<Piece>
  private(set) var count = 0
  private var room = 32

  init() { unsafe pieces = .allocate(capacity: room) }

  deinit { unsafe pieces.deallocate() }

  mutating func removeAll() {
    bytes.removeAll()
    count = 0
  }

  /// The first eight bytes of a key, the first one highest.
  static func order(of key: UnsafeRawBufferPointer) -> UInt64 {
    var order: UInt64 = 0
    for offset in 0..<8 { order = order << 8 | UInt64(offset < key.count ? unsafe key[offset] : 0) }
    return order
  }

  /// Notes that what was written from `start` on is a field whose key ends before `keyEnd`.
  mutating func add(from start: Int, keyEnd: Int) {
    let order = unsafe bytes.withBytes {
      unsafe Self.order(of: UnsafeRawBufferPointer(rebasing: $0[start + Self.keyOffset..<keyEnd]))
    }
    add(from: start, keyEnd: keyEnd, order: order)
  }

  /// The same, where the key's ``order(of:)`` is known.
  @inline(__always)
  mutating func add(from start: Int, keyEnd: Int, order: UInt64) {
    let piece = Piece(start: start, keyEnd: keyEnd, end: bytes.count, order: order)
    if count == room { grow() }
    // Few, and the newest is often the last: each goes to its place at once, and those behind it move on.
    var index = count
    while index > 0, unsafe precedes(piece, pieces[index - 1]) {
      unsafe pieces[index] = pieces[index - 1]
      index -= 1
    }
    if index > 0, unsafe pieces[index - 1].order == order, unsafe !precedes(pieces[index - 1], piece) {
      return replace(at: index - 1, piece)
    }
    unsafe pieces[index] = piece
    count += 1
  }

  /// The same key again: the last one counts. The place behind it is free.
  @inline(never)
  private mutating func replace(at index: Int, _ piece: Piece) {
    unsafe pieces[index] = piece
    unsafe (pieces + index + 1).update(from: pieces + index + 2, count: count - index - 1)
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Piece>.allocate(capacity: room * 2)
    unsafe larger.update(from: pieces, count: count)
    unsafe pieces.deallocate()
    unsafe pieces = larger
    room *= 2
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
      for index in 0..<count {
        let piece = unsafe pieces[index]
        unsafe output.appendBlocks(UnsafeRawBufferPointer(rebasing: bytes[piece.start..<piece.end]))
      }
    }
  }
}
