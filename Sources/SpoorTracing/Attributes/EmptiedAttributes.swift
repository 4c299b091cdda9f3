// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import Tracing

/// Keeps the dictionaries and marks of finished spans, emptied, for later spans: a new dictionary is an allocation, or
/// two if it grows, and costs a span 50 ns.
///
/// A few per thread. Up to 64 threads at a time have places of their own; the others share sixteen, and a thread whose
/// shared place is in use allocates instead. A dictionary is emptied before it is kept.
@safe
final class EmptiedAttributes: @unchecked Sendable {  // A place is its thread's, or touched with its lock held.
  private static let placeCount = Int(SPOOR_PLACES)
  private static let most = 4
  /// Dictionaries and marks for more attributes are freed. A thread keeps at most four times 9 KB of each.
  private static let largest = 96
  private static let mostBuckets = 128

  private struct Place {
    var lock: UInt32 = 0
    var count: UInt32 = 0
    var dictionaries: (SpanAttributes?, SpanAttributes?, SpanAttributes?, SpanAttributes?) = (nil, nil, nil, nil)
    var marks: (AttributeMarks, AttributeMarks, AttributeMarks, AttributeMarks) = (
      AttributeMarks(), AttributeMarks(), AttributeMarks(), AttributeMarks()
    )
    var markCount: UInt64 = 0
    var padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
  }

  private let places: UnsafeMutablePointer<Place>

  init() {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: Self.placeCount * MemoryLayout<Place>.stride, alignment: 64)
    unsafe places = memory.initializeMemory(as: Place.self, repeating: Place(), count: Self.placeCount)
  }

  deinit {
    for place in 0..<Self.placeCount {
      let count = unsafe places[place].markCount
      for index in 0..<count { unsafe Self.marks(places + place, index).pointee.free() }
    }
    unsafe places.deinitialize(count: Self.placeCount)
    unsafe places.deallocate()
  }

  /// Runs `body` with this thread's place. Returns nil if the place is shared and in use.
  @inline(__always)
  private func withPlace<Result>(_ body: (UnsafeMutablePointer<Place>) -> Result?) -> Result? {
    let threads = spoor_thread_place()
    let place = unsafe places + Int(threads.index)
    if threads.is_own { return unsafe body(place) }
    guard unsafe spoor_try_lock(&place.pointee.lock) else { return nil }
    defer { unsafe spoor_busy_unlock(&place.pointee.lock) }
    return unsafe body(place)
  }

  /// One of a place's dictionaries. A homogeneous tuple has the layout of an array.
  @inline(__always)
  private static func dictionary(
    _ place: UnsafeMutablePointer<Place>, _ index: UInt32
  ) -> UnsafeMutablePointer<SpanAttributes?> {
    unsafe withUnsafeMutablePointer(to: &place.pointee.dictionaries) {
      unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: SpanAttributes?.self) + Int(index)
    }
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

  /// Empties a dictionary that has no other owner, and keeps it if there is room.
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

  // MARK: Marks

  /// One of a place's marks.
  @inline(__always)
  private static func marks(
    _ place: UnsafeMutablePointer<Place>, _ index: UInt64
  ) -> UnsafeMutablePointer<AttributeMarks> {
    unsafe withUnsafeMutablePointer(to: &place.pointee.marks) {
      unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: AttributeMarks.self) + Int(index)
    }
  }

  /// Marks of no attribute, whose memory is not in use any more, or without memory.
  func takeMarks() -> AttributeMarks {
    unsafe withPlace { place in
      let count = unsafe place.pointee.markCount
      guard count > 0 else { return nil }
      unsafe place.pointee.markCount = count - 1
      return unsafe Self.marks(place, count - 1).pointee
    } ?? AttributeMarks()
  }

  /// Removes all marks, and keeps their memory or frees it. They have none afterwards.
  func give(_ marks: inout AttributeMarks) {
    let given = marks
    given.removeAll()
    marks = AttributeMarks()
    let kept: Void? = unsafe withPlace { place in
      let count = unsafe place.pointee.markCount
      guard count < Self.most, given.capacity <= Self.mostBuckets else { return nil }
      unsafe Self.marks(place, count).pointee = given
      unsafe place.pointee.markCount = count + 1
      return ()
    }
    if kept == nil {
      var given = given
      given.free()
    }
  }
}
