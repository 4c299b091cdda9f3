/// Where the fields of a span's attributes lie, in the order in which its dictionary hands them out: hints, each of which
/// is checked before it is believed.
///
/// The first sixteen need no memory of their own; a span with more has an array for the rest. Without hints for all, each
/// change of a span with many attributes would look for each of the rest in all of its fields.
struct AttributePlaces {
  /// Of the first attributes, and of those that follow.
  struct Hints {
    var first = SIMD16<UInt16>(repeating: .max)
    var rest: [UInt16]?
  }

  private let old: Hints
  private(set) var new = Hints()
  private var next = 0
  private var count = 0

  init(following old: consuming Hints) { self.old = old }

  /// Where the next attribute should lie, if it lay in the dictionary before: there, or one further on where the one in
  /// between was written anew or removed.
  @inline(__always)
  mutating func find(_ isThere: (_ place: UInt16) -> Bool) -> UInt16? {
    for skipped in 0..<2 {
      let place = hint(next + skipped)
      guard place != .max, isThere(place) else { continue }
      next += skipped + 1
      return place
    }
    return nil
  }

  /// `UInt16.max` where there is none.
  @inline(__always)
  private func hint(_ index: Int) -> UInt16 {
    if index < 16 { return old.first[index] }
    guard let rest = old.rest, index - 16 < rest.count else { return .max }
    return rest[index - 16]
  }

  /// Notes where the attribute was found or written; nil where it found no room.
  @inline(__always)
  mutating func add(_ place: UInt16?) {
    if count < 16 {
      if let place { new.first[count] = place }
    } else {
      addToRest(place ?? .max)
    }
    count += 1
  }

  @inline(never)
  private mutating func addToRest(_ place: UInt16) {
    if new.rest == nil {
      new.rest = []
      new.rest?.reserveCapacity(max(16, old.rest?.count ?? 0))
    }
    new.rest?.append(place)
  }
}
