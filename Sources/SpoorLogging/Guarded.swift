internal import CSpoor

/// Values behind a lock each, for what every record touches.
///
/// A type of this module and not `Locked`: another module's generic type is not specialised here. The values lie behind a
/// pointer, because each access to a class's property that the compiler cannot see through is checked at run time, 60 ns
/// per record; and side by side, because each object of their own that a record goes through is counted, 10 ns.
@safe
final class Guarded<Value: ~Copyable>: @unchecked Sendable {  // A value is only touched with its lock held.
  private let count: Int
  /// Of each value, a cache line apart.
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

  /// Runs `body` with the lock of a value held, the same one for the same number. It must not call out to a user's code.
  @inline(__always)
  func withLock<Result>(at number: UInt64, _ body: (inout Value) -> Result) -> Result {
    let index = Int(truncatingIfNeeded: number) & (count - 1)
    unsafe spoor_spin_lock(locks + index * Self.stride)
    defer { unsafe spoor_spin_unlock(locks + index * Self.stride) }
    return unsafe body(&values[index])
  }

  /// The same if nobody is in there; false otherwise, and nothing has happened. Where nobody uses ``withLock(at:_:)``, a
  /// user's code may run inside: nobody ever waits for it.
  @inline(__always)
  func withLockIfFree(at number: UInt64, _ body: (inout Value) -> Void) -> Bool {
    let index = Int(truncatingIfNeeded: number) & (count - 1)
    guard unsafe spoor_try_lock(locks + index * Self.stride) else { return false }
    defer { unsafe spoor_spin_unlock(locks + index * Self.stride) }
    unsafe body(&values[index])
    return true
  }
}
