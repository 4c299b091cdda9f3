internal import SpoorBytes

/// The line of an ``EventLog``'s record while it is written, and where its fields lie in it.
///
/// They stay where they are added. To put them in the order of their keys would mean to write them twice; and a program adds
/// them in one order anyway, where a dictionary has none.
struct EventLine: ~Copyable, Sendable {
  /// Not private: Swift 6.3 fails on the debug information of a ``PlainList`` of private ones.
  struct Field: BitwiseCopyable {
    /// Of the comma before it.
    let start: Int
    let keyEnd: Int
    /// The key's first eight bytes.
    let order: UInt64
  }

  var bytes = GrowingBytes(capacity: 4096)
  private var fields = PlainList<Field>()
  /// A bit for each `order` that is among the fields, and maybe others' too.
  private var orders: UInt64 = 0

  mutating func removeAll() {
    bytes.removeAll()
    fields.removeAll()
    orders = 0
  }

  /// Where a field ends.
  private func end(_ index: Int) -> Int { index + 1 < fields.count ? fields[index + 1].start : bytes.count }

  private func length(_ index: Int) -> Int { end(index) - fields[index].start }

  /// Notes that what was written from `start` on is a field whose key ends before `keyEnd` and begins with these eight bytes.
  @inline(__always)
  mutating func add(from start: Int, keyEnd: Int, order: UInt64) {
    let bit: UInt64 = 1 &<< (order &* 0x9E37_79B9_7F4A_7C15 &>> 58)
    fields.append(Field(start: start, keyEnd: keyEnd, order: order))
    if orders & bit != 0 { removeFormer(order) }
    orders |= bit
  }

  /// Of a key that is added twice the last value counts.
  @inline(never)
  private mutating func removeFormer(_ order: UInt64) {
    let newest = fields[fields.count - 1]
    let former = unsafe bytes.withBytes { bytes in
      (0..<fields.count - 1).first { index in
        let field = fields[index]
        guard field.order == order else { return false }
        return unsafe bytes[field.start..<field.keyEnd].elementsEqual(bytes[newest.start..<newest.keyEnd])
      }
    }
    if let former { remove(former) }
  }

  private mutating func remove(_ index: Int) {
    let length = length(index)
    bytes.moveTail(from: end(index), by: -length)
    fields.remove(at: index)
    for index in index..<fields.count {
      let field = fields[index]
      fields[index] = Field(start: field.start - length, keyEnd: field.keyEnd - length, order: field.order)
    }
  }

  /// Leaves the longest fields out until the line takes `room` bytes at most. Returns how many it were.
  mutating func shrink(to room: Int) -> Int {
    var dropped = 0
    while bytes.count > room, let longest = (0..<fields.count).max(by: { length($0) < length($1) }) {
      remove(longest)
      dropped += 1
    }
    return dropped
  }

  /// Hands out key and value of each field.
  borrowing func forEach(_ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
    for index in 0..<fields.count {
      let field = fields[index]
      body(field.start + FieldSorter.keyOffset..<field.keyEnd, field.keyEnd + 2..<end(index))
    }
  }
}
