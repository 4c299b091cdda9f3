// SPDX-License-Identifier: Apache-2.0

/// Assumption: a dictionary is the address of its storage, which lies in memory as in Swift 5 and 6.
///
/// Reading an entry through the dictionary's interface costs 40 ns: its index is checked, the key retained, and a value
/// that is an enum with existentials in it copied twice. Reading the entry from memory costs a quarter of that.
///
/// The layout belongs to the standard library. The runtime has the empty dictionary as a constant of that layout, and
/// compiled programs on Apple's systems depend on it. Code that uses this checks ``isReadable(values:in:isSame:)``
/// before the first use and uses the interface otherwise. It is public for the same reason as ``GrowingBytes``.
@safe
public struct DictionaryMemory<Value> {
  @usableFromInline let object: UnsafeRawPointer

  /// - Parameter dictionary: a dictionary, or a struct around one (``WrappedDictionary``). The caller keeps it alive
  ///   and unchanged while this is in use.
  @inlinable
  @inline(__always)
  public init<Dictionary>(of dictionary: borrowing Dictionary) {
    unsafe object = withUnsafeBytes(of: dictionary) { unsafe $0.load(as: UnsafeRawPointer.self) }
  }

  // Offsets in `__RawDictionaryStorage` (swift/stdlib/public/core/DictionaryStorage.swift).

  /// The number of entries.
  @inlinable
  @inline(__always)
  public var count: Int { unsafe object.load(fromByteOffset: 16, as: Int.self) }

  /// The number of buckets, a power of two.
  @inlinable
  @inline(__always)
  public var bucketCount: Int { unsafe 1 << Int(object.load(fromByteOffset: 32, as: Int8.self)) }

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

  /// Calls `body` with each key and value in the dictionary's order, and the number of their bucket.
  @inlinable
  @inline(__always)
  public func forEach(_ body: (_ bucket: Int, _ key: UnsafePointer<String>, _ value: UnsafePointer<Value>) -> Void) {
    var left = count
    var word = 0
    while left > 0 {
      var bits = unsafe bitmap.load(fromByteOffset: word * 8, as: UInt.self)
      while bits != 0, left > 0 {  // In a table of less than a word, the bits after its end are set.
        let bucket = word * UInt.bitWidth + bits.trailingZeroBitCount
        unsafe body(bucket, keys + bucket, values + bucket)
        bits &= bits &- 1
        left -= 1
      }
      word += 1
    }
  }

  /// The buckets with an entry among 64, as bits. Zero after the last bucket.
  @inlinable
  @inline(__always)
  public func occupied(inWord index: Int) -> UInt {
    let left = bucketCount - index * UInt.bitWidth
    guard left > 0 else { return 0 }
    let bits = unsafe bitmap.load(fromByteOffset: index * 8, as: UInt.self)
    return left < UInt.bitWidth ? bits & ((1 << UInt(left)) - 1) : bits
  }

  /// The key and the value in a bucket.
  @inlinable
  @inline(__always)
  public func entry(_ bucket: Int) -> (key: UnsafePointer<String>, value: UnsafePointer<Value>) {
    unsafe (keys + bucket, values + bucket)
  }

  /// The self-check: whether dictionaries of eleven sizes, read in their memory, have the entries that their interface
  /// returns. False if shortcuts are not allowed.
  ///
  /// - Parameters:
  ///   - values: makes a value for each number from 0 on, of every kind.
  ///   - wrap: returns the value that is read: the dictionary, or a struct around it.
  ///   - isSame: whether a value that was read equals the one that was put in.
  public static func isReadable<Wrapped>(
    values: (Int) -> Value, in wrap: ([String: Value]) -> Wrapped, isSame: (_ read: Value, Value) -> Bool
  ) -> Bool {
    RuntimeShortcuts.hold { holds(values: values, in: wrap, isSame: isSame) }
  }

  static func holds<Wrapped>(
    values: (Int) -> Value, in wrap: ([String: Value]) -> Wrapped, isSame: (_ read: Value, Value) -> Bool
  ) -> Bool {
    guard MemoryLayout<Wrapped>.size == MemoryLayout<UInt>.size else { return false }
    return [0, 1, 2, 3, 4, 7, 13, 25, 49, 97, 193].allSatisfy { count in
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

  /// Whether keys and values directly follow the bitmap. Checked before any of them is read.
  private func isLaidOut(for capacity: Int) -> Bool {
    guard unsafe object.load(fromByteOffset: 24, as: Int.self) == capacity, bucketCount > capacity,
      bucketCount <= 2 * capacity + 2
    else { return false }
    let keyStart = unsafe bitmap + (bucketCount + UInt.bitWidth - 1) / UInt.bitWidth * 8
    return unsafe UnsafeRawPointer(keys) == keyStart
      && UnsafeRawPointer(values) == keyStart + bucketCount * MemoryLayout<String>.stride
  }
}
