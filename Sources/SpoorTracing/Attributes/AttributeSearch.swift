// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorJournal
internal import Tracing

/// Finds attributes in the record of their span. All except the new ones are still at their previous place, with the
/// same values.
///
/// It runs for each attribute each time one is set, so it is a plain loop that copies nothing.
@safe
struct AttributeSearch {
  let writer: SpanWriter
  /// The previous places of attributes, in about the order in which they are searched.
  private let places: UnsafeBufferPointer<FieldPlace>
  /// The index at which the next search begins. Usually the attribute is there, or one further if the one in between
  /// was rewritten or removed. If the dictionary has grown and reordered its entries, it can be anywhere.
  private var next = 0

  /// The caller keeps the places alive while it uses this value.
  init(in writer: SpanWriter, at places: UnsafeBufferPointer<FieldPlace>) {
    self.writer = writer
    unsafe self.places = places
  }

  /// The difference between a dictionary and the record, which nearly always is one added attribute.
  enum Difference {
    case none
    /// One attribute is new: it is in this bucket, after `position` others. The others are in the order of the places.
    case one(bucket: Int, position: Int)
    case other
  }

  /// Compares a dictionary with the record.
  @inline(__always)
  func difference(to storage: AttributeStorage) -> Difference {
    unsafe difference(to: storage) { _, _, _ in false }
  }

  /// Compares a dictionary with the record, with the marks first if they cover it.
  @inline(never)
  func difference(to storage: AttributeStorage, _ marks: AttributeMarks) -> Difference {
    guard unsafe marks.cover(storage, count: places.count) else { return difference(to: storage) }
    return unsafe difference(to: storage) { unsafe marks.has($0, $1, $2) }
  }

  /// - Parameter isMarked: whether an entry is known to be one of those in the record.
  @inline(__always)
  private func difference(
    to storage: AttributeStorage,
    _ isMarked: (_ bucket: Int, UnsafePointer<String>, UnsafePointer<SpanAttribute>) -> Bool
  ) -> Difference {
    var position = 0
    var same = 0
    var added = (bucket: 0, position: -1)
    unsafe storage.forEach { bucket, key, value in
      if unsafe same < places.count && (isMarked(bucket, key, value) || lies(key, value, at: places[same])) {
        same += 1
      } else {
        added = (bucket, position)
      }
      position += 1
    }
    guard unsafe same == places.count, position - same <= 1 else { return .other }
    return position == same ? .none : .one(bucket: added.bucket, position: added.position)
  }

  @inline(__always)
  private func lies(_ key: UnsafePointer<String>, _ value: UnsafePointer<SpanAttribute>, at place: FieldPlace) -> Bool {
    unsafe AttributeStorage.withPlain(value) { type, bytes in
      unsafe withBytes(of: key) { unsafe writer.has($0, type, bytes, at: place) }
    } ?? false
  }

  /// Searches for all attributes of a dictionary and writes their places, in the dictionary's order; `.none` for those
  /// that are not found.
  ///
  /// - Parameter found: room for all of them.
  /// - Returns: whether every previous place was found. If so, the attributes that were not found have no field yet.
  mutating func findAll(of storage: AttributeStorage, writing found: UnsafeMutablePointer<FieldPlace>) -> Bool {
    var count = 0
    var position = 0
    unsafe storage.forEach { _, key, value in
      let place = unsafe find(key, value)
      if place != nil { count += 1 }
      unsafe found[position] = place ?? .none
      position += 1
    }
    return unsafe count == places.count
  }

  /// The place of an attribute with exactly this value.
  @inline(never)
  mutating func find(_ key: String, _ value: SpanAttribute) -> FieldPlace? {
    unsafe withUnsafePointer(to: key) { key in unsafe withUnsafePointer(to: value) { unsafe find(key, $0) } }
  }

  private mutating func find(_ key: UnsafePointer<String>, _ value: UnsafePointer<SpanAttribute>) -> FieldPlace? {
    let index: Int?? = unsafe AttributeStorage.withPlain(value) { type, bytes in
      unsafe withBytes(of: key) {
        unsafe writer.firstIndex(of: $0, type, bytes, in: places, from: next)
      }
    }
    guard let index else { return unsafe findArray(key.pointee, value.pointee) }
    guard let index else { return nil }
    next = index + 1
    return unsafe places[index]
  }

  /// Searches for an array, which was redacted and cut when it was written.
  @inline(never)
  private func findArray(_ key: String, _ attribute: SpanAttribute) -> FieldPlace? {
    let place: AttributeCoding.Body<FieldPlace?> = { type, bytes, _ in
      unsafe withBytes(of: key) { unsafe writer.place(of: $0, type, bytes) }
    }
    return switch attribute {
    case .int32Array(let numbers):
      unsafe AttributeCoding.withArray(numbers.map(Int64.init), .int64Array, atMost: .max, place)
    case .int64Array(let numbers): unsafe AttributeCoding.withArray(numbers, .int64Array, atMost: .max, place)
    case .doubleArray(let numbers):
      unsafe AttributeCoding.withArray(numbers.map(\.bitPattern), .doubleArray, atMost: .max, place)
    case .boolArray(let flags):
      unsafe AttributeCoding.withArray(flags.map { UInt8($0 ? 1 : 0) }, .boolArray, atMost: .max, place)
    case .stringArray(let texts):
      unsafe AttributeCoding.bytes(of: texts, atMost: .max).bytes.withUnsafeBytes { unsafe place(.stringArray, $0, 0) }
    default: nil
    }
  }
}
