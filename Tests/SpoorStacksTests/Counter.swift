// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A number that several threads change.
final class Counter: @unchecked Sendable {  // The number is accessed only under the lock.
  private let lock = NSLock()
  private var number = 0
  var value: Int { lock.withLock { number } }
  func add(_ amount: Int) { lock.withLock { number += amount } }
}
