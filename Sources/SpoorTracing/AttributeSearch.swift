internal import SpoorJournal
internal import Tracing

/// Looks for attributes in the record of their span: they lie where they lay, with the values they had, but for those that
/// are new.
///
/// It runs for each attribute each time one is set. So it is a plain loop over trivial values, which copies an attribute no
/// more often than the dictionary makes it.
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

  /// Looks for all attributes of a dictionary, and writes where they lie, in its order; none for those that lie nowhere.
  ///
  /// - Parameter found: room for as many as there are.
  /// - Returns: whether each place is that of one of them. Then those that are left have no field yet.
  @inline(never)
  mutating func findAll(of attributes: [String: SpanAttribute], writing found: UnsafeMutablePointer<FieldPlace>) -> Bool
  {
    var count = 0
    var position = 0
    for (key, value) in attributes {
      let place = find(key, value)
      if place != nil { count += 1 }
      unsafe found[position] = place ?? .none
      position += 1
    }
    return unsafe count == places.count
  }

  /// Where an attribute lies, if it does with this very value.
  ///
  /// It takes the value, so that what is in it can be taken out: a copy of one costs 5 ns.
  @inline(__always)
  mutating func find(_ key: String, _ value: consuming SpanAttribute) -> FieldPlace? {
    switch consume value {
    case .string(let text): return unsafe withBytes(of: text) { unsafe find(key, .string, $0) }
    case .int64(let number): return unsafe withUnsafeBytes(of: number.littleEndian) { unsafe find(key, .int64, $0) }
    case .bool(let flag): return unsafe withUnsafeBytes(of: flag) { unsafe find(key, .bool, $0) }
    case .double(let number):
      return unsafe withUnsafeBytes(of: number.bitPattern.littleEndian) { unsafe find(key, .double, $0) }
    case .int32(let number):
      return unsafe withUnsafeBytes(of: Int64(number).littleEndian) { unsafe find(key, .int64, $0) }
    case let other: return findArray(key, other)
    }
  }

  @inline(__always)
  private mutating func find(_ key: String, _ type: FieldValueType, _ value: UnsafeRawBufferPointer) -> FieldPlace? {
    let index = unsafe withBytes(of: key) { unsafe writer.firstIndex(of: $0, type, value, in: places, from: next) }
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

/// A text's bytes, where they are.
@inline(__always)
func withBytes<Result>(of text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
  let result = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe body(UnsafeRawBufferPointer($0)) }
  if let result { return result }
  var native = text  // Bridged from Objective-C: not on Linux.
  return native.withUTF8 { unsafe body(UnsafeRawBufferPointer($0)) }
}
