internal import SpoorBytes
internal import SpoorJournal
internal import Tracing

/// Looks for attributes in the record of their span: they lie where they lay, with the values they had, but for those that
/// are new.
///
/// It runs for each attribute each time one is set. So it is a plain loop that copies none.
@safe
struct AttributeSearch {
  let writer: SpanWriter
  /// Where attributes lay, in about the order in which they are looked for.
  private let places: UnsafeBufferPointer<FieldPlace>
  /// Where the next one is looked for first: mostly it lies there, or one further on, where the one in between was written
  /// anew or removed; anywhere, where the dictionary has grown and put its entries into another order.
  private var next = 0

  /// The caller keeps the places while it has this.
  init(in writer: SpanWriter, at places: UnsafeBufferPointer<FieldPlace>) {
    self.writer = writer
    unsafe self.places = places
  }

  /// What a look at a dictionary tells that is, nearly always, what it was and one attribute more.
  enum Difference {
    case none
    /// In this bucket, so many before it; the others lie in the order of the places.
    case one(bucket: Int, position: Int)
    case other
  }

  /// Compares a dictionary with the record.
  @inline(__always)
  func difference(to storage: AttributeStorage) -> Difference {
    var position = 0
    var same = 0
    var added = (bucket: 0, position: -1)
    unsafe storage.forEach { bucket, key, value in
      if unsafe same < places.count && lies(key, value, at: places[same]) {
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

  /// Looks for all attributes of a dictionary, and writes where they lie, in its order; none for those that lie nowhere.
  ///
  /// - Parameter found: room for as many as there are.
  /// - Returns: whether each place is that of one of them. Then those that are left have no field yet.
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

  /// Where an attribute lies, if it does with this very value.
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

  /// An array was redacted and cut when it came, and lies somewhere.
  @inline(never)
  private func findArray(_ key: String, _ attribute: SpanAttribute) -> FieldPlace? {
    let place: AttributeCoding.Body<FieldPlace?> = { type, bytes in
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
      unsafe AttributeCoding.bytes(of: texts, atMost: .max).withUnsafeBytes { unsafe place(.stringArray, $0) }
    default: nil
    }
  }
}
