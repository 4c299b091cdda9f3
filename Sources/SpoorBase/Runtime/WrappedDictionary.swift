// SPDX-License-Identifier: Apache-2.0

/// Assumption: `Wrapper` is a struct with one stored property, a dictionary of these types, and so has the dictionary's
/// memory layout.
///
/// It holds for `SpanAttributes` and for `ServiceContext`. Each use is behind ``holds(for:)``.
public enum WrappedDictionary<Wrapper, Key: Hashable, Value> {
  /// Whether the assumption holds.
  static func holds(for sample: Wrapper) -> Bool {
    let mirror = Mirror(reflecting: sample)
    guard mirror.displayStyle == .struct, mirror.children.count == 1, let field = mirror.children.first else {
      return false
    }
    // The type itself, not `is`: a cast converts dictionaries whose types differ.
    return type(of: field.value) == [Key: Value].self
      && MemoryLayout<Wrapper>.size == MemoryLayout<[Key: Value]>.size
      && MemoryLayout<Wrapper>.alignment == MemoryLayout<[Key: Value]>.alignment
  }

  /// The dictionary in a wrapper.
  @inlinable
  @inline(__always)
  public static func entries(of wrapper: Wrapper) -> [Key: Value] {
    unsafe unsafeBitCast(wrapper, to: [Key: Value].self)
  }

  /// A wrapper around a dictionary.
  @inlinable
  @inline(__always)
  public static func wrapper(of entries: consuming [Key: Value]) -> Wrapper {
    unsafe unsafeBitCast(consume entries, to: Wrapper.self)
  }

  /// Removes all entries and keeps the memory. Returns false, with nothing changed, if the memory is shared or has room
  /// for more than `capacity` entries.
  @inlinable
  @inline(__always)
  public static func removeAll(from wrapper: inout Wrapper, upTo capacity: Int) -> Bool {
    unsafe withUnsafeMutablePointer(to: &wrapper) { wrapper in
      // A dictionary is the reference to its storage object: see `DictionaryMemory`.
      let isOnly = unsafe wrapper.withMemoryRebound(to: AnyObject.self, capacity: 1) {
        unsafe isKnownUniquelyReferenced(&$0.pointee)
      }
      guard isOnly else { return false }
      return unsafe wrapper.withMemoryRebound(to: [Key: Value].self, capacity: 1) { dictionary in
        guard unsafe dictionary.pointee.capacity <= capacity else { return false }
        unsafe dictionary.pointee.removeAll(keepingCapacity: true)
        return true
      }
    }
  }
}
