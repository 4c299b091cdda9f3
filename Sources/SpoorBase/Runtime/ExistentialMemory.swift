// SPDX-License-Identifier: Apache-2.0

/// Assumption: an `any Sendable` that holds a reference to an object has the reference in its first word.
///
/// In Swift's ABI the first three words of an existential hold the value if it fits, and a reference fits.
public enum ExistentialMemory {
  /// The self-check: whether an object that was stored is found.
  static func holds<Object: AnyObject & Sendable>(for object: Object) -> Bool {
    holds(for: object as any Sendable, object)
  }

  static func holds<Value>(for value: Value, _ object: AnyObject) -> Bool {
    guard MemoryLayout<Value>.size >= MemoryLayout<UInt>.size else { return false }
    let first = unsafe withUnsafeBytes(of: value) { unsafe $0.load(as: UInt.self) }
    return unsafe first == UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque())
  }

  /// The object in a value. The caller has compared the value's type with `Object` and keeps the value alive.
  @inlinable
  @inline(__always)
  public static func object<Object: AnyObject & Sendable>(in value: any Sendable) -> Object {
    unsafe withUnsafeBytes(of: value) { unsafe $0.load(as: Unmanaged<Object>.self).takeUnretainedValue() }
  }
}
