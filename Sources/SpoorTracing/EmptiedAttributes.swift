internal import CSpoor
internal import Tracing

/// Dictionaries that spans have had for their attributes, emptied, for the spans to come: a new one is an allocation,
/// or two where it grows, and costs a span 50 ns.
///
/// A few per thread: the first threads of the process have places of their own; all others share some, and one that finds its
/// place taken at the moment goes without. What was in a dictionary is gone when it comes here.
@safe
final class EmptiedAttributes: @unchecked Sendable {  // A place is its thread's, or touched with its lock held.
  private static let placeCount = Int(SPOOR_PLACES)
  private static let most = 4
  /// Larger ones are not kept: one span with many attributes is no reason to hold memory for good.
  private static let largest = 24

  private struct Place {
    var lock: UInt32 = 0
    var count: UInt32 = 0
    var dictionaries: (SpanAttributes?, SpanAttributes?, SpanAttributes?, SpanAttributes?) = (nil, nil, nil, nil)
    var padding: (UInt64, UInt64, UInt64) = (0, 0, 0)
  }

  private let places: UnsafeMutablePointer<Place>

  init() {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: Self.placeCount * MemoryLayout<Place>.stride, alignment: 64)
    unsafe places = memory.initializeMemory(as: Place.self, repeating: Place(), count: Self.placeCount)
  }

  deinit {
    unsafe places.deinitialize(count: Self.placeCount)
    unsafe places.deallocate()
  }

  /// Runs `body` with this thread's place, unless another thread is at it.
  @inline(__always)
  private func withPlace<Result>(_ body: (UnsafeMutablePointer<Place>) -> Result?) -> Result? {
    let threads = spoor_thread_place()
    let place = unsafe places + Int(threads.index)
    if threads.is_own { return unsafe body(place) }
    guard unsafe spoor_try_lock(&place.pointee.lock) else { return nil }
    defer { unsafe spoor_spin_unlock(&place.pointee.lock) }
    return unsafe body(place)
  }

  /// One of a place's, which lie behind the lock and the count.
  @inline(__always)
  private static func dictionary(
    _ place: UnsafeMutablePointer<Place>, _ index: UInt32
  ) -> UnsafeMutablePointer<SpanAttributes?> {
    unsafe (UnsafeMutableRawPointer(place) + 8).assumingMemoryBound(to: SpanAttributes?.self) + Int(index)
  }

  /// An empty dictionary with room for some attributes.
  @inline(__always)
  func take() -> SpanAttributes {
    let emptied: SpanAttributes? = unsafe withPlace { place in
      let count = unsafe place.pointee.count
      guard count > 0 else { return nil }
      unsafe place.pointee.count = count - 1
      return unsafe Self.dictionary(place, count - 1).pointee.take()
    }
    // One allocation for most spans, where growing would take three.
    return emptied ?? SpanAttributes(Dictionary(minimumCapacity: 6))
  }

  /// Empties a dictionary that nobody else has, and keeps it if there is room.
  @inline(__always)
  func give(_ attributes: consuming SpanAttributes) {
    guard AttributeStorage.empty(&attributes, upTo: Self.largest) else { return }
    var kept: SpanAttributes? = consume attributes
    let _: Void? = unsafe withPlace { place in
      let count = unsafe place.pointee.count
      guard count < Self.most else { return }
      unsafe swap(&kept, &Self.dictionary(place, count).pointee)  // Moved: a copy would be counted.
      unsafe place.pointee.count = count + 1
    }
  }
}
