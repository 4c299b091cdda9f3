internal import SpoorBytes

/// The line of an ``EventLog``'s record while it is written, and where its fields lie in it.
///
/// They stay where they are added. To put them in the order of their keys would mean to write them twice; and a program adds
/// them in one order anyway, where a dictionary has none.
@safe
struct EventLine: ~Copyable, @unchecked Sendable {  // It owns its memory alone.
  private struct Field: BitwiseCopyable {
    /// Of the comma before it.
    let start: Int
    let keyEnd: Int
    /// The key's first eight bytes.
    let order: UInt64
  }

  var bytes = GrowingBytes(capacity: 4096)
  private var fields: UnsafeMutablePointer<Field>
  private(set) var count = 0
  private var room = 32

  init() { unsafe fields = .allocate(capacity: room) }

  deinit { unsafe fields.deallocate() }

  mutating func removeAll() {
    bytes.removeAll()
    count = 0
  }

  /// Where a field ends.
  private func end(_ index: Int) -> Int { index + 1 < count ? unsafe fields[index + 1].start : bytes.count }

  /// Notes that what was written from `start` on is a field whose key ends before `keyEnd` and begins with these eight bytes.
  @inline(__always)
  mutating func add(from start: Int, keyEnd: Int, order: UInt64) {
    if count == room { grow() }
    var mayBeKnown = false
    for index in 0..<count where unsafe fields[index].order == order { mayBeKnown = true }
    unsafe fields[count] = Field(start: start, keyEnd: keyEnd, order: order)
    count += 1
    if mayBeKnown { removeFormer() }
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Field>.allocate(capacity: room * 2)
    unsafe larger.update(from: fields, count: count)
    unsafe fields.deallocate()
    unsafe fields = larger
    room *= 2
  }

  /// Of a key that is added twice the last value counts.
  @inline(never)
  private mutating func removeFormer() {
    let former = unsafe bytes.withBytes { bytes in
      let newest = unsafe bytes[fields[count - 1].start..<fields[count - 1].keyEnd]
      return (0..<count - 1).first { unsafe bytes[fields[$0].start..<fields[$0].keyEnd].elementsEqual(newest) }
    }
    if let former { remove(former) }
  }

  private mutating func remove(_ index: Int) {
    let length = end(index) - (unsafe fields[index].start)
    bytes.moveTail(from: end(index), by: -length)
    for index in index..<count - 1 {
      let next = unsafe fields[index + 1]
      unsafe fields[index] = Field(start: next.start - length, keyEnd: next.keyEnd - length, order: next.order)
    }
    count -= 1
  }

  /// Leaves the longest fields out until the line takes `room` bytes at most. Returns how many it were.
  mutating func shrink(to room: Int) -> Int {
    var dropped = 0
    while bytes.count > room,
      let longest = (0..<count).max(by: { unsafe end($0) - fields[$0].start < end($1) - fields[$1].start })
    {
      remove(longest)
      dropped += 1
    }
    return dropped
  }

  /// Hands out key and value of each field.
  borrowing func forEach(_ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
    for index in 0..<count {
      let field = unsafe fields[index]
      body(field.start + FieldSorter.keyOffset..<field.keyEnd, field.keyEnd + 2..<end(index))
    }
  }
}
