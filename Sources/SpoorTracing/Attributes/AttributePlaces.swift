// SPDX-License-Identifier: Apache-2.0

internal import SpoorJournal

/// The places of a span's attributes, in the order of the attributes' dictionary. The places are hints: each is checked
/// before it is used.
///
/// Up to sixteen need no allocation. Without hints, each change would search for each attribute in all fields.
///
/// Copies share memory: change only one of them, and release it with ``free()``. (With a `deinit` instead it could only
/// be read in place in its span, and Swift checks each such access for exclusivity at run time.)
@safe
struct AttributePlaces {
  /// A homogeneous tuple has the layout of an array. (`InlineArray` would require macOS 26 to build the package there.)
  private typealias Four = (FieldPlace, FieldPlace, FieldPlace, FieldPlace)
  private static let four: Four = (.none, .none, .none, .none)
  private static let few = 16

  private(set) var count = 0
  private var first: (Four, Four, Four, Four) = (four, four, four, four)
  /// All places, once there are more than sixteen, and their capacity.
  private var many: UnsafeMutablePointer<FieldPlace>?
  private var room = few

  /// Frees the memory. The places must not be read afterwards.
  func free() { unsafe many?.deallocate() }

  /// Calls `body` with all places.
  @inline(__always)
  func withAll<Result>(_ body: (UnsafeBufferPointer<FieldPlace>) -> Result) -> Result {
    if let many = unsafe many { return unsafe body(UnsafeBufferPointer(start: many, count: count)) }
    return unsafe withUnsafePointer(to: first) {
      unsafe body(
        UnsafeBufferPointer(start: UnsafeRawPointer($0).assumingMemoryBound(to: FieldPlace.self), count: count))
    }
  }

  mutating func removeAll() { count = 0 }

  /// Inserts a place.
  @inline(__always)
  mutating func insert(_ place: FieldPlace, at position: Int) {
    if count == room { grow() }
    if let many = unsafe many {
      unsafe Self.insert(place, at: position, in: many, count)
    } else {
      let count = count
      unsafe withUnsafeMutablePointer(to: &first) {
        let few = unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: FieldPlace.self)
        unsafe Self.insert(place, at: position, in: few, count)
      }
    }
    count += 1
  }

  @inline(__always)
  private static func insert(
    _ place: FieldPlace, at position: Int, in places: UnsafeMutablePointer<FieldPlace>, _ count: Int
  ) {
    var index = count
    while index > position {
      unsafe places[index] = places[index - 1]
      index -= 1
    }
    unsafe places[position] = place
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
