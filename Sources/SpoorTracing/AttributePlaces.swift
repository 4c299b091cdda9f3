internal import SpoorJournal

/// Where the fields of a span's attributes lie, in the order in which its dictionary hands them out: hints, each of which
/// is checked before it is believed.
///
/// The first sixteen need no memory of their own; a span with more has an array for the rest. Without hints for all, each
/// change of a span with many attributes would look for each of the rest in all of its fields.
struct AttributePlaces {
  /// Of the first attributes, and of those that follow.
  ///
  /// Four vectors of four and not one of sixteen: its alignment would be its span's, and `malloc`'s is 16.
  struct Hints {
    private typealias Four = SIMD4<UInt32>
    private var first = (none, none, none, none)
    fileprivate var rest: [FieldPlace]?

    private static var none: Four { Four(repeating: .max) }

    /// Of the first sixteen.
    fileprivate subscript(index: Int) -> FieldPlace {
      @inline(__always) get {
        let lane = index & 3
        switch index >> 2 {
        case 0: return FieldPlace(word: first.0[lane])
        case 1: return FieldPlace(word: first.1[lane])
        case 2: return FieldPlace(word: first.2[lane])
        default: return FieldPlace(word: first.3[lane])
        }
      }
      @inline(__always) set {
        let lane = index & 3
        switch index >> 2 {
        case 0: first.0[lane] = newValue.word
        case 1: first.1[lane] = newValue.word
        case 2: first.2[lane] = newValue.word
        default: first.3[lane] = newValue.word
        }
      }
    }
  }

  private let old: Hints
  private(set) var new = Hints()
  /// How many attributes have found no room.
  private(set) var missing = 0
  private var next = 0
  private var count = 0

  init(following old: consuming Hints) { self.old = old }

  /// Where the next attribute should lie, if it lay in the dictionary before: there, or one further on where the one in
  /// between was written anew or removed.
  @inline(__always)
  mutating func find(_ isThere: (_ place: FieldPlace) -> Bool) -> FieldPlace? {
    for skipped in 0..<2 {
      let place = hint(next + skipped)
      guard place.word != .max, isThere(place) else { continue }
      next += skipped + 1
      return place
    }
    return nil
  }

  @inline(__always)
  private func hint(_ index: Int) -> FieldPlace {
    if index < 16 { return old[index] }
    guard let rest = old.rest, index - 16 < rest.count else { return FieldPlace(word: .max) }
    return rest[index - 16]
  }

  /// Notes where the attribute was found or written; nil where it found no room.
  @inline(__always)
  mutating func add(_ place: FieldPlace?) {
    if place == nil { missing += 1 }
    if count < 16 {
      if let place { new[count] = place }
    } else {
      addToRest(place ?? FieldPlace(word: .max))
    }
    count += 1
  }

  @inline(never)
  private mutating func addToRest(_ place: FieldPlace) {
    if new.rest == nil {
      new.rest = []
      new.rest?.reserveCapacity(max(16, old.rest?.count ?? 0))
    }
    new.rest?.append(place)
  }
}
