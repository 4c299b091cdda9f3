// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Values with a lock each, for data that every record uses. (`SpanRecorder`, "Ownership", has the rule.)
///
/// It does not use `Locked`, because another module's generic type is not specialised here. The values are behind a
/// pointer, because Swift otherwise checks each access to a class's property at run time, 60 ns per record. They share
/// one allocation, because each further object on the path of a record costs 10 ns of reference counting.
@safe
final class Guarded<Value: ~Copyable>: @unchecked Sendable {  // A value is only touched with its lock held.
  private let count: Int
  /// The lock of each value, a cache line apart.
  private let locks: UnsafeMutablePointer<UInt32>
  private let values: UnsafeMutablePointer<Value>

  private static var stride: Int { 16 }

  /// - Parameter count: a power of two.
  init(count: Int, _ value: () -> sending Value) {
    precondition(count.nonzeroBitCount == 1, "a power of two was expected, not \(count)")
    self.count = count
    unsafe locks = .allocate(capacity: count * Self.stride)
    unsafe locks.initialize(repeating: 0, count: count * Self.stride)
    unsafe values = .allocate(capacity: count)
    for index in 0..<count { unsafe (values + index).initialize(to: value()) }
  }

  deinit {
    unsafe values.deinitialize(count: count)
    unsafe values.deallocate()
    unsafe locks.deallocate()
  }

  /// Runs `body` with the lock of a value held; the same number always selects the same value. `body` must not call a
  /// user's code.
  @inline(__always)
  func withLock<Result>(at number: UInt64, _ body: (inout Value) -> Result) -> Result {
    let index = Int(truncatingIfNeeded: number) & (count - 1)
    unsafe spoor_busy_lock(locks + index * Self.stride)
    defer { unsafe spoor_busy_unlock(locks + index * Self.stride) }
    return unsafe body(&values[index])
  }

  /// Runs `body` with the lock of a value held if the lock is free; otherwise returns false without running it. For
  /// values that are never used through ``withLock(at:_:)``, `body` may call a user's code, because no thread waits for
  /// the lock.
  @inline(__always)
  func withLockIfFree(at number: UInt64, _ body: (inout Value) -> Void) -> Bool {
    let index = Int(truncatingIfNeeded: number) & (count - 1)
    guard unsafe spoor_try_lock(locks + index * Self.stride) else { return false }
    defer { unsafe spoor_busy_unlock(locks + index * Self.stride) }
    unsafe body(&values[index])
    return true
  }
}
