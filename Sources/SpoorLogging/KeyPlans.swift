internal import CSpoor
internal import SpoorJournal

/// What there is to know of a field's key before it is written.
@safe
struct KeyPlan {
  /// Of a key that can have one.
  static let longestKey = 128 - 32 - 4 - 15

  /// `,"KEY":`, behind which 15 more bytes can be read.
  let written: UnsafeRawBufferPointer
  /// `"KEY"`, the same.
  var quoted: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: written[1..<written.count - 1]) }
  /// The key's first eight bytes, the first one highest: what fields are put in order by.
  let order: UInt64
  /// Whether a value of this key is a secret whatever it is.
  let isSecret: Bool
  /// Whether a text of this key is certain to be written as it is.
  let leavesTextsAlone: Bool
}

/// The keys that were written lately, so that each record need not find out again that `order_id` is no secret, is not one
/// of the record's own names, and has nothing to be escaped.
///
/// Only such keys are kept, up to 64 of them: found by what they say, not by where they lie, at one of four places each. A key
/// whose place another one got is learned again.
@safe
struct KeyPlans: ~Copyable, @unchecked Sendable {  // It owns its memory alone.
  private enum Entry {
    static let size = 128
    static let count = 64
    /// `UInt8`: the key's bytes; 0 for a free entry.
    static let length = 0
    /// `UInt8`
    static let isSecret = 1
    static let leavesTextsAlone = 2
    /// `UInt64`
    static let order = 8
    /// `UInt64`: what `spoor_ends` says of the key.
    static let first = 16
    static let last = 24
    /// `,"KEY":`
    static let written = 32
  }

  private let memory: UnsafeMutableRawPointer
  /// Which of its places a key gets where all are taken.
  private var turn = 0

  init() {
    unsafe memory = .allocate(byteCount: Entry.size * Entry.count, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: Entry.size * Entry.count)
  }

  deinit { unsafe memory.deallocate() }

  /// The places where a key may lie, from the one on that it is looked for at first.
  private enum Places { static let count = 4 }

  /// A key as it is looked for.
  @safe
  private struct Sought {
    let key: UnsafeRawBufferPointer
    let ends: spoor_ends
    let hash: Int

    /// Nil for a key of which nothing can be kept.
    @inline(__always)
    init?(_ key: UnsafeRawBufferPointer) {
      guard let start = key.baseAddress, key.count > 0, key.count <= KeyPlan.longestKey else { return nil }
      unsafe self.key = key
      ends = unsafe spoor_ends(start, key.count)
      hash = Int(truncatingIfNeeded: spoor_hash_ends(ends, key.count))
    }
  }

  @inline(__always)
  private func entry(_ index: Int) -> UnsafeMutableRawPointer {
    unsafe memory + (index & (Entry.count - 1)) * Entry.size
  }

  @inline(__always)
  private func has(_ sought: Sought, _ entry: UnsafeMutableRawPointer) -> Bool {
    guard unsafe entry.load(fromByteOffset: Entry.length, as: UInt8.self) == sought.key.count,
      unsafe entry.load(fromByteOffset: Entry.first, as: UInt64.self) == sought.ends.first,
      unsafe entry.load(fromByteOffset: Entry.last, as: UInt64.self) == sought.ends.last
    else { return false }
    return unsafe sought.key.count <= 16 || isEqual(sought, entry)
  }

  @inline(never)
  private func isEqual(_ sought: Sought, _ entry: UnsafeMutableRawPointer) -> Bool {
    guard let start = unsafe sought.key.baseAddress else { return false }
    return unsafe spoor_equal_short(entry + Entry.written + 2, start, sought.key.count)
  }

  /// What is known of a key; nil where nothing is, or nothing may be kept. Valid until the next ``learn(_:_:)``.
  @inline(__always)
  func find(_ key: UnsafeRawBufferPointer) -> KeyPlan? {
    guard let sought = unsafe Sought(key) else { return nil }
    let first = unsafe entry(sought.hash)
    guard let entry = unsafe has(sought, first) ? first : findFurther(sought) else { return nil }
    return unsafe plan(entry, key.count)
  }

  @inline(never)
  private func findFurther(_ sought: Sought) -> UnsafeMutableRawPointer? {
    for distance in 1..<Places.count {
      let entry = unsafe self.entry(sought.hash + distance)
      if unsafe has(sought, entry) { return unsafe entry }
    }
    return nil
  }

  @inline(__always)
  private func plan(_ entry: UnsafeMutableRawPointer, _ count: Int) -> KeyPlan {
    unsafe KeyPlan(
      written: UnsafeRawBufferPointer(start: entry + Entry.written, count: count + 4),
      order: entry.load(fromByteOffset: Entry.order, as: UInt64.self),
      isSecret: entry.load(fromByteOffset: Entry.isSecret, as: UInt8.self) != 0,
      leavesTextsAlone: entry.load(fromByteOffset: Entry.leavesTextsAlone, as: UInt8.self) != 0)
  }

  /// Finds out about a key, and keeps it if it is written as it is; nil where it takes more than a plan to write it.
  @inline(never)
  mutating func learn(_ key: UnsafeRawBufferPointer, _ rules: borrowing FieldRules) -> KeyPlan? {
    guard unsafe !rules.constantKeys.contains(key) else { return nil }
    let values = rules.values
    guard let sought = unsafe Sought(key), unsafe Self.isPlain(key), unsafe values.keeps(key) else { return nil }
    let places = sought.hash..<sought.hash + Places.count
    let free = places.first { unsafe self.entry($0).load(fromByteOffset: Entry.length, as: UInt8.self) == 0 }
    if free == nil { turn = (turn + 1) % Places.count }
    let entry = unsafe self.entry(free ?? sought.hash + turn)
    unsafe entry.storeBytes(of: UInt8(key.count), toByteOffset: Entry.length, as: UInt8.self)
    unsafe entry.storeBytes(of: values.redaction.isSecret(key) ? 1 : 0, toByteOffset: Entry.isSecret, as: UInt8.self)
    unsafe entry.storeBytes(
      of: values.redaction.leavesAlone(key) ? 1 : 0, toByteOffset: Entry.leavesTextsAlone, as: UInt8.self)
    unsafe entry.storeBytes(of: FieldSorter.order(of: key), toByteOffset: Entry.order, as: UInt64.self)
    unsafe entry.storeBytes(of: sought.ends.first, toByteOffset: Entry.first, as: UInt64.self)
    unsafe entry.storeBytes(of: sought.ends.last, toByteOffset: Entry.last, as: UInt64.self)
    let written = unsafe entry + Entry.written
    unsafe written.storeBytes(of: UInt8(ascii: ","), as: UInt8.self)
    unsafe written.storeBytes(of: UInt8(ascii: "\""), toByteOffset: 1, as: UInt8.self)
    unsafe UnsafeMutableRawBufferPointer(start: written + 2, count: key.count).copyMemory(from: key)
    unsafe written.storeBytes(of: UInt8(ascii: "\""), toByteOffset: key.count + 2, as: UInt8.self)
    unsafe written.storeBytes(of: UInt8(ascii: ":"), toByteOffset: key.count + 3, as: UInt8.self)
    return unsafe plan(entry, key.count)
  }

  /// Whether JSON has the key as it is: printable ASCII without quotes and backslashes.
  private static func isPlain(_ key: UnsafeRawBufferPointer) -> Bool {
    unsafe key.allSatisfy { (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }
}
