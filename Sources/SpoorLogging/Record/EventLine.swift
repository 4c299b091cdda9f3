// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// The line of an ``EventLog`` record while it is written, and the positions of its fields.
///
/// Fields keep the order in which they are added. Sorting them by key would mean writing them twice, and a program
/// always adds them in the same order, unlike a dictionary.
struct EventLine: ~Copyable, Sendable {
  /// Not private, because Swift 6.3 fails to emit debug information for a ``PlainList`` of a private type.
  struct Field: BitwiseCopyable {
    /// The offset of the comma before the field.
    let start: Int
    let keyEnd: Int
    /// The key's first eight bytes.
    let order: UInt64
  }

  var bytes = GrowingBytes(capacity: 4096)
  private var fields = PlainList<Field>()
  /// One bit per `order` of the fields. A set bit may be another key's.
  private var orders: UInt64 = 0

  mutating func removeAll() {
    bytes.removeAll()
    fields.removeAll()
    orders = 0
  }

  /// The offset at which a field ends.
  private func end(_ index: Int) -> Int { index + 1 < fields.count ? fields[index + 1].start : bytes.count }

  private func length(_ index: Int) -> Int { end(index) - fields[index].start }

  /// Records that the bytes from `start` on are a field whose key ends before `keyEnd` and begins with these eight
  /// bytes.
  @inline(__always)
  mutating func add(from start: Int, keyEnd: Int, order: UInt64) {
    let bit: UInt64 = 1 &<< (order &* 0x9E37_79B9_7F4A_7C15 &>> 58)
    fields.append(Field(start: start, keyEnd: keyEnd, order: order))
    if orders & bit != 0 { removeFormer(order) }
    orders |= bit
  }

  /// If a key is added twice, the last value counts.
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

  /// Removes the longest fields until the line takes at most `room` bytes. Returns the number of removed fields.
  mutating func shrink(to room: Int) -> Int {
    var dropped = 0
    while bytes.count > room, let longest = (0..<fields.count).max(by: { length($0) < length($1) }) {
      remove(longest)
      dropped += 1
    }
    return dropped
  }

  /// Calls `body` with the key and value of each field.
  borrowing func forEach(_ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
    for index in 0..<fields.count {
      let field = fields[index]
      body(field.start + FieldSorter.keyOffset..<field.keyEnd, field.keyEnd + 2..<end(index))
    }
  }
}
