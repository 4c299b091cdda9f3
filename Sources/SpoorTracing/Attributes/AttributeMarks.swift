// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import Tracing

/// Copies of the entries of a span's dictionary, each as it lay in its bucket when the record last agreed with it.
///
/// A span with many attributes compares entries with these instead of with the record: a cache line each, without
/// looking at the kind of a value. Equal bits are an equal attribute, because a mark is a copy that counts as an owner:
/// no other object can lie at its objects' addresses, and nobody changes them in place. Entries whose bits differ may
/// still be equal; they are compared with the record.
///
/// Copies of this struct share memory: change only one of them, and release it with ``free()``, for the reason given at
/// ``AttributePlaces``. Used only if ``AttributeStorage/isReadable`` is true.
@safe
struct AttributeMarks {
  /// Spans with fewer attributes have no marks, because these cost more than they save.
  static let fewest = 8
  /// Dictionaries with more buckets have no marks.
  private static let mostBuckets = 256

  private struct Header {
    var count: UInt32 = 0
    /// The number of buckets of the dictionary.
    var buckets: UInt32 = 0
    /// The number of buckets for which there is memory.
    var capacity: UInt32
    /// The marked buckets.
    var bits: (UInt, UInt, UInt, UInt) = (0, 0, 0, 0)
  }

  private static let headerSize = 64
  private static let keySize = MemoryLayout<String>.stride
  private static let entrySize = (keySize + MemoryLayout<SpanAttribute>.stride + 63) & ~63

  /// A header, and an entry for each bucket. The key of a bucket without a mark has no bit set, which no string has.
  private var memory: UnsafeMutableRawPointer?

  /// The number of marks.
  @inline(__always)
  var count: Int { unsafe memory.map { unsafe Int($0.assumingMemoryBound(to: Header.self).pointee.count) } ?? 0 }

  /// The number of buckets for which there is memory; 0 without any.
  var capacity: Int { unsafe memory.map { unsafe Int($0.assumingMemoryBound(to: Header.self).pointee.capacity) } ?? 0 }

  /// Whether there is a mark for each of `count` attributes, in a dictionary with as many buckets.
  @inline(__always)
  func cover(_ storage: AttributeStorage, count: Int) -> Bool {
    guard let header = unsafe header else { return false }
    return unsafe Int(header.pointee.count) == count && Int(header.pointee.buckets) == storage.bucketCount
  }

  /// Whether an entry has the bits that are marked for its bucket, in a dictionary that the marks cover.
  @inline(__always)
  func has(_ bucket: Int, _ key: UnsafePointer<String>, _ value: UnsafePointer<SpanAttribute>) -> Bool {
    guard let memory = unsafe memory else { return false }
    let mark = unsafe UnsafeRawPointer(Self.entry(bucket, in: memory))
    var difference = unsafe Self.difference(mark, UnsafeRawPointer(key), Self.keySize)
    unsafe difference |=
      Self.difference(mark + Self.keySize, UnsafeRawPointer(value), MemoryLayout<SpanAttribute>.stride)
    return difference == Block()
  }

  private typealias Block = SIMD2<UInt64>

  /// The bits in which two pieces of memory differ, without a branch.
  @inline(__always)
  private static func difference(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ size: Int) -> Block {
    var difference = Block()
    let end = size & ~15
    for offset in stride(from: 0, to: end, by: 16) {
      unsafe difference |=
        one.loadUnaligned(fromByteOffset: offset, as: Block.self)
        ^ other.loadUnaligned(fromByteOffset: offset, as: Block.self)
    }
    if end < size {  // An alignment of 8 leaves 8 bytes.
      unsafe difference.x |=
        one.load(fromByteOffset: end, as: UInt64.self) ^ other.load(fromByteOffset: end, as: UInt64.self)
    }
    return difference
  }

  /// Marks one more entry of a dictionary that the marks cover but for this entry.
  @inline(__always)
  func insert(_ bucket: Int, of storage: AttributeStorage) {
    guard let memory = unsafe memory else { return }
    remove(bucket)  // One access may remove an attribute and put another one into its bucket.
    let (key, value) = unsafe storage.entry(bucket)
    let mark = unsafe Self.entry(bucket, in: memory)
    unsafe mark.assumingMemoryBound(to: String.self).initialize(to: key.pointee)
    let copy = unsafe (mark + Self.keySize).assumingMemoryBound(to: SpanAttribute.self)
    unsafe copy.initialize(to: value.pointee)
    // Copying a value need not copy the bits that its kind does not use.
    unsafe UnsafeMutableRawPointer(copy).copyMemory(from: value, byteCount: MemoryLayout<SpanAttribute>.stride)
    let header = unsafe memory.assumingMemoryBound(to: Header.self)
    unsafe Self.word(of: bucket, in: header).pointee |= 1 << UInt(bucket % UInt.bitWidth)
    unsafe header.pointee.count += 1
  }

  /// Marks all entries of a dictionary, and only those.
  ///
  /// - Parameter take: returns empty marks that are no longer in use, whose memory serves for these.
  @inline(never)
  mutating func update(to storage: AttributeStorage, reusing take: () -> AttributeMarks) {
    let buckets = storage.bucketCount
    guard storage.count >= Self.fewest, buckets <= Self.mostBuckets else { return removeAll() }
    if capacity < buckets {
      free()
      self = take()
      if capacity < buckets { reserve(buckets) }
    }
    guard let header = unsafe header else { return }
    if unsafe Int(header.pointee.buckets) != buckets { removeAll() }
    unsafe header.pointee.buckets = UInt32(buckets)
    for index in 0..<Self.words {
      let word = unsafe Self.word(of: index * UInt.bitWidth, in: header)
      forEachBit(of: unsafe word.pointee & ~storage.occupied(inWord: index)) { remove(index * UInt.bitWidth + $0) }
    }
    unsafe storage.forEach { bucket, key, value in
      if unsafe has(bucket, key, value) { return }
      insert(bucket, of: storage)
    }
  }

  private mutating func reserve(_ buckets: Int) {
    free()
    let size = Self.headerSize + buckets * Self.entrySize
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    unsafe memory.initializeMemory(as: Header.self, to: Header(capacity: UInt32(buckets)))
    unsafe self.memory = memory
  }

  /// Removes all marks and keeps their memory.
  @inline(never)
  func removeAll() {
    guard let header = unsafe header, unsafe header.pointee.count > 0 else { return }
    for index in 0..<Self.words {
      let word = unsafe Self.word(of: index * UInt.bitWidth, in: header)
      forEachBit(of: unsafe word.pointee) { remove(index * UInt.bitWidth + $0) }
    }
  }

  /// Frees the memory. The marks have none afterwards.
  mutating func free() {
    guard let memory = unsafe memory else { return }
    removeAll()
    unsafe memory.deallocate()
    unsafe self.memory = nil
  }

  /// Removes the mark of a bucket, if there is one.
  @inline(__always)
  private func remove(_ bucket: Int) {
    guard let memory = unsafe memory else { return }
    let header = unsafe memory.assumingMemoryBound(to: Header.self)
    let word = unsafe Self.word(of: bucket, in: header)
    let bit: UInt = 1 << UInt(bucket % UInt.bitWidth)
    guard unsafe word.pointee & bit != 0 else { return }
    unsafe word.pointee &= ~bit
    unsafe header.pointee.count -= 1
    let mark = unsafe Self.entry(bucket, in: memory)
    unsafe (mark + Self.keySize).assumingMemoryBound(to: SpanAttribute.self).deinitialize(count: 1)
    unsafe mark.assumingMemoryBound(to: String.self).deinitialize(count: 1)
    unsafe mark.initializeMemory(as: UInt8.self, repeating: 0, count: Self.keySize)
  }

  @inline(__always)
  private func forEachBit(of word: UInt, _ body: (Int) -> Void) {
    var bits = word
    while bits != 0 {
      body(bits.trailingZeroBitCount)
      bits &= bits &- 1
    }
  }

  private static let words = mostBuckets / UInt.bitWidth

  @inline(__always)
  private var header: UnsafeMutablePointer<Header>? { unsafe memory?.assumingMemoryBound(to: Header.self) }

  /// The word with the bit of a bucket. A homogeneous tuple has the layout of an array.
  @inline(__always)
  private static func word(of bucket: Int, in header: UnsafeMutablePointer<Header>) -> UnsafeMutablePointer<UInt> {
    unsafe withUnsafeMutablePointer(to: &header.pointee.bits) {
      unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt.self) + bucket / UInt.bitWidth
    }
  }

  @inline(__always)
  private static func entry(_ bucket: Int, in memory: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    unsafe memory + headerSize + bucket * entrySize
  }
}
