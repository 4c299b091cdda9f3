internal import CSpoor

/// A value behind a lock, for sections of some hundred nanoseconds.
///
/// A C lock, not `Synchronization.Mutex`: ThreadSanitizer reports false races on that (3 in a correct debug program, 11
/// in release; none here).
@safe
package final class Locked<Value: Sendable>: @unchecked Sendable {  // `value` is only touched with the lock held.
  private let lock: UnsafeMutablePointer<UInt32>
  private var value: Value

  package init(_ value: Value) {
    self.value = value
    unsafe lock = UnsafeMutablePointer.allocate(capacity: 1)
    unsafe lock.initialize(to: 0)
  }

  deinit { unsafe lock.deallocate() }

  /// Runs `body` with the lock held. It must not call out to a user's code.
  @inline(__always)
  package func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure)
    -> Result
  {
    unsafe spoor_lock(lock)
    defer { unsafe spoor_unlock(lock) }
    return try body(&value)
  }
}
