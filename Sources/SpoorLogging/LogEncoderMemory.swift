internal import SpoorBytes

/// What an encoder's caller keeps from record to record: the formatted second, and room to put fields in order.
package struct LogEncoderMemory: ~Copyable, Sendable {
  var timestamp = LogTimestamp()
  var fields = FieldSorter()
  var keys = KeyPlans()

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
    // Few, and the newest is often the last: each goes to its place at once.
    var index = count
    while index > 0, unsafe precedes(piece, pieces[index - 1]) { index -= 1 }
    if index > 0, unsafe !precedes(pieces[index - 1], piece) {
      unsafe pieces[index - 1] = piece  // The same key again: the last one counts.
      return
    }
    if count == room { grow() }
    unsafe (pieces + index + 1).update(from: pieces + index, count: count - index)
    unsafe pieces[index] = piece
    count += 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Piece>.allocate(capacity: room * 2)
    unsafe larger.update(from: pieces, count: count)
    unsafe pieces.deallocate()
    unsafe pieces = larger
    room *= 2
  }

  /// Leaves the longest fields out until the others take `room` bytes at most. Returns how many it were.
  mutating func shrink(to room: Int) -> Int {
    var taken = (0..<count).reduce(0) { unsafe $0 + pieces[$1].length }
    var dropped = 0
    while taken > room, let longest = (0..<count).max(by: { unsafe pieces[$0].length < pieces[$1].length }) {
      taken -= unsafe pieces[longest].length
      unsafe (pieces + longest).update(from: pieces + longest + 1, count: count - longest - 1)
      count -= 1
      dropped += 1
    }
    return dropped
  }

  /// Hands out key and value of each field, in their order.
  borrowing func forEach(_ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
    for index in 0..<count {
      let piece = unsafe pieces[index]
      body(piece.start + Self.keyOffset..<piece.keyEnd, piece.keyEnd + 2..<piece.end)
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
  borrowing func append(to output: inout GrowingBytes) {
    unsafe bytes.withBytes { bytes in
      for index in 0..<count {
        let piece = unsafe pieces[index]
        unsafe output.append(UnsafeRawBufferPointer(rebasing: bytes[piece.start..<piece.end]))
      }
    }
  }
}
