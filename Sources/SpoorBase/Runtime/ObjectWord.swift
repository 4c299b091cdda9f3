// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// Assumption: a value is one word, the address of a native heap object to which it holds a strong reference.
///
/// It holds for `ServiceContext`, which is a dictionary, and for `any Error`, which is a box.
public enum ObjectWord {
  /// The word of a value.
  @inlinable
  @inline(__always)
  public static func of<Value>(_ value: borrowing Value) -> UInt64 {
    unsafe withUnsafeBytes(of: value) { unsafe $0.load(as: UInt64.self) }
  }

  /// The self-check: whether values of the type are such words.
  ///
  /// The size alone would accept an integer, and an enum that uses spare bits to tell its objects apart. So the check
  /// compares the object's reference count before and after copying, but only for words that can be an address.
  ///
  /// - Parameter make: returns a new value at each call, with an object of its own.
  static func holds<Value>(for make: () -> Value) -> Bool {
    guard MemoryLayout<Value>.size == 8, MemoryLayout<Value?>.size == 8, !_isPOD(Value.self),
      spoor_can_hold_objects()
    else { return false }
    let value = make()
    let other = make()
    let word = of(value)
    guard canBeAddress(word), canBeAddress(of(other)), word != of(other) else { return false }
    return withExtendedLifetime(value) {
      let before = spoor_reference_count(word)
      let copies = [Value](repeating: value, count: 7)
      let during = spoor_reference_count(word)
      withExtendedLifetime(copies) {}
      return during == before + 7
    }
  }

  /// Whether a word can be the address of a heap object: not null, aligned, and in user space.
  private static func canBeAddress(_ word: UInt64) -> Bool { word > 4096 && word % 16 == 0 && word < 1 << 56 }
}
