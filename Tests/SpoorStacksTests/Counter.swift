import Foundation

/// A number that several threads change.
final class Counter: @unchecked Sendable {  // The number is reached under the lock only.
  private let lock = NSLock()
  private var number = 0
  var value: Int { lock.withLock { number } }
  func add(_ amount: Int) { lock.withLock { number += amount } }
}
