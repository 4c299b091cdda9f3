internal import CSpoor

/// A value behind a lock, for what every record touches.
///
/// A type of this module and not `Locked`: another module's generic type is not specialised here. The value lies behind a
/// pointer, because each access to a class's property that the compiler cannot see through is checked at run time, 60 ns
/// per record.
@safe
final class Guarded<Value: ~Copyable>: @unchecked Sendable {  // The value is only touched with `lock` held.
  private let lock: UnsafeMutablePointer<UInt32>
  private let value: UnsafeMutablePointer<Value>

  init(_ value: consuming sending Value) {
    unsafe lock = .allocate(capacity: 1)
    unsafe lock.initialize(to: 0)
    unsafe self.value = .allocate(capacity: 1)
    unsafe self.value.initialize(to: value)
  }

  deinit {
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
    unsafe lock.deallocate()
  }

  /// Runs `body` with the lock held. It must not call out to a user's code.
  @inline(__always)
  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    unsafe spoor_spin_lock(lock)
    defer { unsafe spoor_spin_unlock(lock) }
    return unsafe body(&value.pointee)
  }

  /// The same if nobody is in there; false otherwise, and nothing has happened. Where nobody uses ``withLock(_:)``, a user's
  /// code may run inside: nobody ever waits for it.
  @inline(__always)
  func withLockIfFree(_ body: (inout Value) -> Void) -> Bool {
    guard unsafe spoor_try_lock(lock) else { return false }
    defer { unsafe spoor_spin_unlock(lock) }
    unsafe body(&value.pointee)
    return true
  }
}
