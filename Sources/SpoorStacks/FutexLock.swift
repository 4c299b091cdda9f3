internal import CSpoor

/// A lock around a value. Not `Synchronization.Mutex`: ThreadSanitizer reports false races on that one.
@safe
final class FutexLock<Value>: @unchecked Sendable {  // The value is reached under the lock only.
  private let word: UnsafeMutablePointer<UInt32>
  private var value: Value

  init(_ value: sending Value) {
    unsafe word = .allocate(capacity: 1)
    unsafe word.initialize(to: 0)
    self.value = value
  }

  deinit { unsafe word.deallocate() }

  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    unsafe spoor_lock(word)
    defer { unsafe spoor_unlock(word) }
    return try body(&value)
  }

  /// The same if nobody is in there; nil otherwise.
  func withLockIfFree<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result? {
    guard unsafe spoor_try_lock(word) else { return nil }
    defer { unsafe spoor_unlock(word) }
    return try body(&value)
  }
}
