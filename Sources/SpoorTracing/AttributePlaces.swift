internal import SpoorJournal

/// Where the fields of a span's attributes lie, in the order in which its dictionary hands them out: hints, each of which
/// is checked before it is believed.
///
/// Up to sixteen need no memory of their own. Without hints, each change would look for each attribute in all fields.
///
/// A copy reads the same memory: only one of them is to be changed, and let go of with ``free()``. (With a `deinit` instead
/// it could only be read where it lies in its span, and Swift checks each such access for exclusivity at run time.)
@safe
struct AttributePlaces {
  private(set) var count = 0
  private var few = InlineArray<16, FieldPlace>(repeating: .none)
  /// Where all are, once they are more; and how many have room there.
  private var many: UnsafeMutablePointer<FieldPlace>?
  private var room = 16

  /// Lets go of its memory; nothing may be read any more.
  func free() { unsafe many?.deallocate() }

  /// All of them, as long as `body` runs.
  @inline(__always)
  func withAll<Result>(_ body: (UnsafeBufferPointer<FieldPlace>) -> Result) -> Result {
    if let many = unsafe many { return unsafe body(UnsafeBufferPointer(start: many, count: count)) }
    return unsafe withUnsafePointer(to: few) { few in
      unsafe few.withMemoryRebound(to: FieldPlace.self, capacity: 16) {
        unsafe body(UnsafeBufferPointer(start: $0, count: count))
      }
    }
  }

  mutating func removeAll() { count = 0 }

  /// Puts one between the others.
  @inline(__always)
  mutating func insert(_ place: FieldPlace, at position: Int) {
    if count == room { grow() }
    if let many = unsafe many {
      unsafe (many + position + 1).update(from: many + position, count: count - position)
      unsafe many[position] = place
    } else {
      var index = count
      while index > position {
        few[index] = few[index - 1]
        index -= 1
      }
      few[position] = place
    }
    count += 1
  }

  mutating func append(_ place: FieldPlace) { insert(place, at: count) }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<FieldPlace>.allocate(capacity: 4 * room)
    unsafe withAll { unsafe larger.initialize(from: $0.baseAddress.unsafelyUnwrapped, count: count) }
    free()
    unsafe many = larger
    room *= 4
  }
}
