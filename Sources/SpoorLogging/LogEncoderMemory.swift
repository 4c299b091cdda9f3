internal import SpoorBytes

/// What an encoder's caller keeps from record to record: the formatted second, and room to put fields in order.
package struct LogEncoderMemory: ~Copyable, Sendable {
  var timestamp = LogTimestamp()
  var fields = FieldSorter()

  package init() {}
}

/// Fields as they are written, `,"key":value` each, until they are put in the order of their keys.
///
/// Sorting what is written costs a comparison of bytes; sorting the fields themselves copied and compared strings, which
/// cost more than writing them.
struct FieldSorter: ~Copyable, Sendable {
  private struct Piece {
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
  private var pieces: [Piece] = []

  mutating func removeAll() {
    bytes.removeAll()
    pieces.removeAll(keepingCapacity: true)
  }

  var count: Int { pieces.count }

  /// Notes that what was written from `start` on is a field whose key ends before `keyEnd`.
  mutating func add(from start: Int, keyEnd: Int) {
    let order = unsafe bytes.withBytes { bytes in
      var order: UInt64 = 0
      let key = start + Self.keyOffset
      for offset in 0..<8 {
        order = order << 8 | UInt64(key + offset < keyEnd ? unsafe bytes[key + offset] : 0)
      }
      return order
    }
    let piece = Piece(start: start, keyEnd: keyEnd, end: bytes.count, order: order)
    // Few, and the newest is often the last: each goes to its place at once.
    var index = pieces.count
    while index > 0, precedes(piece, pieces[index - 1]) { index -= 1 }
    if index > 0, !precedes(pieces[index - 1], piece) {
      pieces[index - 1] = piece  // The same key again: the last one counts.
    } else {
      pieces.insert(piece, at: index)
    }
  }

  /// Leaves the longest fields out until the others take `room` bytes at most. Returns how many it were.
  mutating func shrink(to room: Int) -> Int {
    var taken = pieces.reduce(0) { $0 + $1.length }
    var dropped = 0
    while taken > room, let longest = pieces.indices.max(by: { pieces[$0].length < pieces[$1].length }) {
      taken -= pieces[longest].length
      pieces.remove(at: longest)
      dropped += 1
    }
    return dropped
  }

  /// Hands out key and value of each field, in their order.
  borrowing func forEach(_ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
    for piece in pieces { body(piece.start + Self.keyOffset..<piece.keyEnd, piece.keyEnd + 2..<piece.end) }
  }

  private borrowing func precedes(_ left: Piece, _ right: Piece) -> Bool {
    if left.order != right.order { return left.order < right.order }
    return unsafe bytes.withBytes { bytes in
      unsafe bytes[left.start + Self.keyOffset..<left.keyEnd].lexicographicallyPrecedes(
        bytes[right.start + Self.keyOffset..<right.keyEnd])
    }
  }

  /// Appends the fields in their order.
  borrowing func append(to output: inout GrowingBytes) {
    for piece in pieces { output.append(piece.start..<piece.end, of: bytes) }
  }
}
