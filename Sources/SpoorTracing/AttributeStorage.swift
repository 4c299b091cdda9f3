internal import SpoorBytes
internal import SpoorJournal
internal import Tracing

/// The dictionary that a span's attributes are, read in its own memory: the API does not tell which attribute was set, so each
/// of them is looked at each time one is.
///
/// ``isReadable`` compares what is read with what dictionaries hand out, before the first use; where they differ nothing here
/// is used.
@safe
struct AttributeStorage {
  private let memory: DictionaryMemory<SpanAttribute>

  /// The caller keeps the attributes, and changes nothing in them, while this is in use.
  @inline(__always)
  init(of attributes: borrowing SpanAttributes) { memory = DictionaryMemory(of: attributes) }

  @inline(__always)
  var count: Int { memory.count }

  /// Hands out keys and values in the dictionary's own order, each with the number of its bucket.
  @inline(__always)
  func forEach(_ body: (_ bucket: Int, _ key: UnsafePointer<String>, _ value: UnsafePointer<SpanAttribute>) -> Void) {
    unsafe memory.forEach(body)
  }

  /// The key and the value in a bucket.
  @inline(__always)
  func entry(_ bucket: Int) -> (key: UnsafePointer<String>, value: UnsafePointer<SpanAttribute>) {
    unsafe memory.entry(bucket)
  }

  /// Takes everything out of a dictionary and leaves its memory as it is. Returns false, with nothing changed, where others
  /// have the same memory, or it has room for more than so many.
  @inline(__always)
  static func empty(_ attributes: inout SpanAttributes, upTo capacity: Int) -> Bool {
    guard isReadable else { return false }
    return unsafe withUnsafeMutablePointer(to: &attributes) { attributes in
      let isOnly = unsafe attributes.withMemoryRebound(to: AnyObject.self, capacity: 1) {
        unsafe isKnownUniquelyReferenced(&$0.pointee)
      }
      guard isOnly else { return false }
      return unsafe attributes.withMemoryRebound(to: [String: SpanAttribute].self, capacity: 1) { dictionary in
        guard unsafe dictionary.pointee.capacity <= capacity else { return false }
        unsafe dictionary.pointee.removeAll(keepingCapacity: true)
        return true
      }
    }
  }

  /// Hands out the type and the bytes of a value that is written as it is where nothing is redacted; nil for others.
  @inline(__always)
  static func withPlain<Result>(
    _ value: UnsafePointer<SpanAttribute>, _ body: (FieldValueType, UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    unsafe SpoorBytes.withBits(of: value) { bits in
      switch unsafe bits.move() {
      case .string(let text):
        defer { unsafe bits.initialize(to: .string(text)) }
        return unsafe withBytes(of: text) { unsafe body(.string, $0) }
      case .int64(let number): return unsafe withUnsafeBytes(of: number.littleEndian) { unsafe body(.int64, $0) }
      case .bool(let flag): return unsafe withUnsafeBytes(of: flag) { unsafe body(.bool, $0) }
      case .double(let number):
        return unsafe withUnsafeBytes(of: number.bitPattern.littleEndian) { unsafe body(.double, $0) }
      case .int32(let number):
        return unsafe withUnsafeBytes(of: Int64(number).littleEndian) { unsafe body(.int64, $0) }
      case let other:
        unsafe bits.initialize(to: other)
        return nil
      }
    }
  }

  // MARK: Whether it is so

  /// Whether `SpanAttributes` is one dictionary and nothing else, as in swift-distributed-tracing 1.0 to 1.7, and that lies in
  /// memory as it does in Swift 5 and 6.
  static let isReadable =
    isOneDictionary && DictionaryMemory.isReadable(values: sample, in: { SpanAttributes($0) }, isSame: ==)

  private static var isOneDictionary: Bool {
    unsafe MemoryLayout<SpanAttributes>.size == MemoryLayout<UnsafeRawPointer>.size
      && Mirror(reflecting: SpanAttributes([:])).children.first?.value is [String: SpanAttribute]
  }

  private static func sample(_ number: Int) -> SpanAttribute {
    switch number % 5 {
    case 0: .string("value \(number)")
    case 1: .string("a value that is longer than fifteen bytes \(number)")
    case 2: .int64(Int64(number))
    case 3: .bool(number % 2 == 0)
    default: .stringArray(["value \(number)"])
    }
  }
}
