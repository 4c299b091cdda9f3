// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase
internal import SpoorJournal

/// The precomputed properties of a field's key.
@safe
struct KeyPlan {
  /// The maximum length in bytes of a key that can have a plan.
  static let longestKey = 128 - 32 - 4 - 15

  /// `,"KEY":`, followed by at least 15 readable bytes.
  let written: UnsafeRawBufferPointer
  /// `"KEY"`, followed by at least 15 readable bytes.
  var quoted: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: written[1..<written.count - 1]) }
  /// The key's first eight bytes, the first one most significant: the sort key of fields.
  let order: UInt64
  /// Whether every value of this key is secret.
  let isSecret: Bool
  /// Whether a text of this key is always written unchanged.
  let leavesTextsAlone: Bool
}

/// A cache of recently written keys, so that not every record has to check again that `order_id` is not secret, does
/// not clash with a built-in field, and needs no escape.
///
/// Only such keys are cached, up to 64. A key is found by its content, not its address, in one of four entries. A key
/// that was evicted is learned again.
@safe
struct KeyPlans: ~Copyable, @unchecked Sendable {  // It is the only owner of its memory.
  private enum Entry {
    static let size = 128
    static let count = 64
    /// `UInt8`: the length of the key in bytes; 0 for a free entry.
    static let length = 0
    /// `UInt8`
    static let isSecret = 1
    static let leavesTextsAlone = 2
    /// `UInt64`
    static let order = 8
    /// `UInt64`: the result of `spoor_ends` for the key.
    static let first = 16
    static let last = 24
    /// `,"KEY":`
    static let written = 32
  }

  private let memory: UnsafeMutableRawPointer
  /// The entry that a new key replaces if all four are taken.
  private var turn = 0

  init() {
    unsafe memory = .allocate(byteCount: Entry.size * Entry.count, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: Entry.size * Entry.count)
  }

  deinit { unsafe memory.deallocate() }

  /// The possible entries of a key, in the order in which they are searched.
  private enum Places { static let count = 4 }

  /// A key to look up.
  @safe
  private struct Sought {
    let key: UnsafeRawBufferPointer
    let ends: spoor_ends
    let hash: Int

    /// `nil` for a key that cannot be cached.
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

  /// The plan of a key; `nil` if it is not cached or cannot be. Valid until the next ``learn(_:_:)``.
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

  /// Makes the plan of a key and caches it if the key is written unchanged; `nil` if writing the key takes more than a
  /// plan.
  @inline(never)
  mutating func learn(_ key: UnsafeRawBufferPointer, _ rules: borrowing FieldRules) -> KeyPlan? {
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

  /// Whether the key needs no escape in JSON: printable ASCII without quotes and backslashes.
  private static func isPlain(_ key: UnsafeRawBufferPointer) -> Bool {
    unsafe key.allSatisfy { (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }
}
