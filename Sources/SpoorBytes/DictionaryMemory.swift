/// A dictionary's own memory, read where it lies.
///
/// What a dictionary hands out costs some 40 ns an entry: its index is checked, the key retained, and a value that is an enum
/// with existentials in it copied twice. Here a look costs a quarter of that. Public for the reason of ``GrowingBytes``.
///
/// The layout is the standard library's: its runtime has the empty dictionary as a constant of that layout, and on Apple's
/// systems compiled programs depend on it. Whoever uses this asks ``isReadable(values:in:isSame:)`` before the first use, and
/// does without where the answer is no.
@safe
public struct DictionaryMemory<Value> {
  @usableFromInline let object: UnsafeRawPointer

  /// - Parameter dictionary: a dictionary, or a struct that is one and nothing else. The caller keeps it, and changes nothing
  ///   in it, while this is in use.
  @inlinable
  @inline(__always)
  public init<Dictionary>(of dictionary: borrowing Dictionary) {
    unsafe object = withUnsafeBytes(of: dictionary) { unsafe $0.load(as: UnsafeRawPointer.self) }
  }

  // Offsets in `__RawDictionaryStorage` (swift/stdlib/public/core/DictionaryStorage.swift).

  /// Entries.
  @inlinable
  @inline(__always)
  public var count: Int { unsafe object.load(fromByteOffset: 16, as: Int.self) }

  @inlinable
  @inline(__always)
  var bucketCount: Int { unsafe 1 << Int(object.load(fromByteOffset: 32, as: Int8.self)) }

  @inlinable
  @inline(__always)
  var keys: UnsafePointer<String> {
    unsafe object.load(fromByteOffset: 48, as: UnsafeRawPointer.self).assumingMemoryBound(to: String.self)
  }

  @inlinable
  @inline(__always)
  var values: UnsafePointer<Value> {
    unsafe object.load(fromByteOffset: 56, as: UnsafeRawPointer.self).assumingMemoryBound(to: Value.self)
  }

  @inlinable
  @inline(__always)
  var bitmap: UnsafeRawPointer { unsafe object + 64 }

  /// Hands out keys and values in the dictionary's own order, each with the number of its bucket.
  @inlinable
  @inline(__always)
  public func forEach(_ body: (_ bucket: Int, _ key: UnsafePointer<String>, _ value: UnsafePointer<Value>) -> Void) {
    var left = count
    var word = 0
    while left > 0 {
      var bits = unsafe bitmap.load(fromByteOffset: word * 8, as: UInt.self)
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
  @inlinable
  @inline(__always)
  public func entry(_ bucket: Int) -> (key: UnsafePointer<String>, value: UnsafePointer<Value>) {
    unsafe (keys + bucket, values + bucket)
  }

  /// Whether what is read here is what dictionaries hand out, of a number of sizes.
  ///
  /// - Parameters:
  ///   - values: a value for each number from 0 on, of every kind.
  ///   - wrap: what is read: the dictionary, or the struct that is one.
  ///   - isSame: whether a value that was read is the one that was put in.
  public static func isReadable<Wrapped>(
    values: (Int) -> Value, in wrap: ([String: Value]) -> Wrapped, isSame: (_ read: Value, Value) -> Bool
  ) -> Bool {
    [0, 1, 2, 3, 4, 7, 13, 25, 49, 97, 193].allSatisfy { count in
      var dictionary: [String: Value] = [:]
      for number in 0..<count {
        let key = number % 2 == 0 ? "key \(number)" : "a key that is longer than fifteen bytes \(number)"
        dictionary[key] = values(number)
      }
      let wrapped = wrap(dictionary)
      return withExtendedLifetime(wrapped) {
        DictionaryMemory(of: wrapped).hasEntries(of: dictionary, isSame: isSame)
      }
    }
  }

  private func hasEntries(of dictionary: [String: Value], isSame: (Value, Value) -> Bool) -> Bool {
    guard count == dictionary.count, count == 0 || isLaidOut(for: dictionary.capacity) else { return false }
    var areSame = true
    var index = dictionary.startIndex
    unsafe forEach { _, key, value in
      let entry = dictionary[index]
      areSame = unsafe areSame && key.pointee == entry.key && isSame(value.pointee, entry.value)
      dictionary.formIndex(after: &index)
    }
    return areSame && index == dictionary.endIndex
  }

  /// Whether keys and values lie where they are said to, right behind the bitmap: before any of them is read.
  private func isLaidOut(for capacity: Int) -> Bool {
    guard unsafe object.load(fromByteOffset: 24, as: Int.self) == capacity, bucketCount > capacity,
      bucketCount <= 2 * capacity + 2
    else { return false }
    let keyStart = unsafe bitmap + (bucketCount + UInt.bitWidth - 1) / UInt.bitWidth * 8
    return unsafe UnsafeRawPointer(keys) == keyStart
      && UnsafeRawPointer(values) == keyStart + bucketCount * MemoryLayout<String>.stride
  }
}

/// Hands out a copy of something's bits that owns nothing: what `body` takes out of it, it must put back.
///
/// To read a part of what lies somewhere Swift copies all of it, counting references; to look into an enum of several kinds of
/// payload it takes it apart.
@inlinable
@inline(__always)
public func withBits<Value, Result>(
  of value: UnsafePointer<Value>, _ body: (UnsafeMutablePointer<Value>) -> Result
) -> Result {
  unsafe withUnsafeTemporaryAllocation(byteCount: MemoryLayout<Value>.size, alignment: MemoryLayout<Value>.alignment) {
    let bits = unsafe $0.baseAddress.unsafelyUnwrapped
    unsafe bits.copyMemory(from: value, byteCount: MemoryLayout<Value>.size)
    return unsafe body(bits.assumingMemoryBound(to: Value.self))
  }
}
