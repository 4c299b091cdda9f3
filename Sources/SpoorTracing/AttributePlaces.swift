/// Where the fields of a span's attributes lie, for the first sixteen that its dictionary hands out: hints, each of which
/// is checked before it is believed.
struct AttributePlaces {
  private let old: SIMD16<UInt16>
  private(set) var new = SIMD16<UInt16>(repeating: .max)
  private var next = 0
  private var count = 0

  init(following old: SIMD16<UInt16>) { self.old = old }

  /// Where the next attribute should lie, if it lay in the dictionary before: there, or one further on where the one in
  /// between was written anew or removed.
  @inline(__always)
  mutating func find(_ isThere: (_ place: UInt16) -> Bool) -> UInt16? {
    for skipped in 0..<2 where next + skipped < 16 {
      let place = old[next + skipped]
      guard place != .max, isThere(place) else { continue }
      next += skipped + 1
      return place
    }
    return nil
  }

  /// Notes where the attribute was found or written; nil where it found no room.
  @inline(__always)
  mutating func add(_ place: UInt16?) {
    if count < 16, let place { new[count] = place }
    count += 1
  }
}
