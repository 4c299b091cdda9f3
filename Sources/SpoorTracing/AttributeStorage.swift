internal import SpoorJournal
internal import Tracing

/// The memory of the dictionary that a span's attributes are, read where it lies.
///
/// The API does not tell which attribute was set, so each of them is looked at each time one is. What the dictionary itself
/// hands out costs some 40 ns a piece: its index is checked, the key retained, and the value, an enum with existentials in
/// it, copied twice. Here a look costs a quarter of that.
///
/// The layout is the standard library's: its runtime has the empty dictionary as a constant of that layout, and on Apple's
/// systems compiled programs depend on it. ``isReadable`` compares it with what a dictionary of attributes hands out, before
/// the first use; where they differ nothing here is used.
@safe
struct AttributeStorage {
  private let object: UnsafeRawPointer

  /// Offsets in `__RawDictionaryStorage` (swift/stdlib/public/core/DictionaryStorage.swift).
  private enum Offset {
    static let count = 16
    static let capacity = 24
    static let scale = 32
    static let keys = 48
    static let values = 56
    static let bitmap = 64
  }

  /// The caller keeps the attributes, and changes nothing in them, while this is in use.
  @inline(__always)
  init(of attributes: borrowing SpanAttributes) {
    unsafe object = withUnsafeBytes(of: attributes) { unsafe $0.load(as: UnsafeRawPointer.self) }
  }

  @inline(__always)
  var count: Int { unsafe object.load(fromByteOffset: Offset.count, as: Int.self) }

  @inline(__always)
  private var bucketCount: Int { unsafe 1 << Int(object.load(fromByteOffset: Offset.scale, as: Int8.self)) }

  @inline(__always)
  private var keys: UnsafePointer<String> {
    unsafe object.load(fromByteOffset: Offset.keys, as: UnsafeRawPointer.self).assumingMemoryBound(to: String.self)
  }

  @inline(__always)
  private var values: UnsafePointer<SpanAttribute> {
    unsafe object.load(fromByteOffset: Offset.values, as: UnsafeRawPointer.self)
      .assumingMemoryBound(to: SpanAttribute.self)
  }

  /// Hands out keys and values in the dictionary's own order, each with the number of its bucket.
  @inline(__always)
  func forEach(_ body: (_ bucket: Int, _ key: UnsafePointer<String>, _ value: UnsafePointer<SpanAttribute>) -> Void) {
    var left = count
    var word = 0
    while left > 0 {
      var bits = unsafe object.load(fromByteOffset: Offset.bitmap + word * 8, as: UInt.self)
      while bits != 0, left > 0 {  // A table of less than a word has its last bits set.
        let bucket = word * UInt.bitWidth + bits.trailingZeroBitCount
        unsafe body(bucket, keys + bucket, values + bucket)
        bits &= bits &- 1
        left -= 1
      }
      word += 1
    }
  }

  /// The key and the value in a bucket.
  @inline(__always)
  func entry(_ bucket: Int) -> (key: UnsafePointer<String>, value: UnsafePointer<SpanAttribute>) {
    unsafe (keys + bucket, values + bucket)
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

  /// Hands out a key's bytes.
  @inline(__always)
  static func withBytes<Result>(of key: UnsafePointer<String>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe withBits(of: key) { bits in
      let key = unsafe bits.move()
      defer { unsafe bits.initialize(to: key) }
      return unsafe SpoorTracing.withBytes(of: key, body)
    }
  }

  /// Hands out the type and the bytes of a value that is written as it is where nothing is redacted; nil for others.
  @inline(__always)
  static func withPlain<Result>(
    _ value: UnsafePointer<SpanAttribute>, _ body: (FieldValueType, UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    unsafe withBits(of: value) { bits in
      switch unsafe bits.move() {
      case .string(let text):
        defer { unsafe bits.initialize(to: .string(text)) }
        return unsafe SpoorTracing.withBytes(of: text) { unsafe body(.string, $0) }
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

  /// Hands out a copy of something's bits that owns nothing: what `body` takes out of it, it must put back.
  ///
  /// To read a part of what lies somewhere Swift copies all of it, counting references; to look into an enum of several
  /// kinds of payload it takes it apart.
  @inline(__always)
  private static func withBits<Value, Result>(
    of value: UnsafePointer<Value>, _ body: (UnsafeMutablePointer<Value>) -> Result
  ) -> Result {
    unsafe withUnsafeTemporaryAllocation(byteCount: MemoryLayout<Value>.size, alignment: MemoryLayout<Value>.alignment)
    {
      let bits = unsafe $0.baseAddress.unsafelyUnwrapped
      unsafe bits.copyMemory(from: value, byteCount: MemoryLayout<Value>.size)
      return unsafe body(bits.assumingMemoryBound(to: Value.self))
    }
  }

  // MARK: Whether it is so

  /// Whether `SpanAttributes` is one dictionary and nothing else, as in swift-distributed-tracing 1.0 to 1.7, and that lies in
  /// memory as it does in Swift 5 and 6.
  static let isReadable = [0, 1, 2, 3, 4, 7, 13, 25, 49, 97, 193].allSatisfy(isAsSaid)

  private static func isAsSaid(_ count: Int) -> Bool {
    var dictionary: [String: SpanAttribute] = [:]
    for number in 0..<count {
      let key = number % 2 == 0 ? "key \(number)" : "a key that is longer than fifteen bytes \(number)"
      dictionary[key] =
        switch number % 5 {
        case 0: .string("value \(number)")
        case 1: .string("a value that is longer than fifteen bytes \(number)")
        case 2: .int64(Int64(number))
        case 3: .bool(number % 2 == 0)
        default: .stringArray(["value \(number)"])
        }
    }
    let attributes = SpanAttributes(dictionary)
    guard unsafe MemoryLayout<SpanAttributes>.size == MemoryLayout<UnsafeRawPointer>.size,
      Mirror(reflecting: attributes).children.first?.value is [String: SpanAttribute]
    else { return false }
    let storage = AttributeStorage(of: attributes)
    guard storage.count == count, count == 0 || storage.isLaidOut(for: dictionary.capacity) else { return false }
    var isSame = true
    var index = dictionary.startIndex
    unsafe storage.forEach { _, key, value in
      let entry = dictionary[index]
      isSame = unsafe isSame && key.pointee == entry.key && value.pointee == entry.value
      dictionary.formIndex(after: &index)
    }
    return isSame && index == dictionary.endIndex
  }

  /// Whether keys and values lie where they are said to, right behind the bitmap: before any of them is read.
  private func isLaidOut(for capacity: Int) -> Bool {
    guard unsafe object.load(fromByteOffset: Offset.capacity, as: Int.self) == capacity, bucketCount > capacity,
      bucketCount <= 2 * capacity + 2
    else { return false }
    let keyStart = unsafe object + (Offset.bitmap + (bucketCount + UInt.bitWidth - 1) / UInt.bitWidth * 8)
    return unsafe UnsafeRawPointer(keys) == keyStart
      && UnsafeRawPointer(values) == keyStart + bucketCount * MemoryLayout<String>.stride
  }
}
