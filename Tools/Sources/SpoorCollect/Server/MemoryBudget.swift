// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The maximum memory of all concurrent requests of one kind, in bytes.
///
/// A request that does not fit is refused, and its sender retries. So many concurrent large bodies or responses take no
/// more memory than a few.
final class BodyBudget: @unchecked Sendable {  // `held` is guarded by `lock`.
  private let limit: Int
  private let lock = NSLock()
  private var held = 0

  /// - Parameter limit: the limit in bytes. A single request is always accepted, because its size has its own limit.
  init(limit: Int) { self.limit = limit }

  /// The memory of one request, which is released with the share.
  final class Share: @unchecked Sendable {  // `bytes` is touched by one request's task at a time.
    private let budget: BodyBudget
    private var bytes = 0

    init(_ budget: BodyBudget) { self.budget = budget }

    deinit { budget.give(bytes) }

    /// Reserves `count` more bytes; `false` if others hold too much.
    func grow(by count: Int) -> Bool {
      guard budget.take(count, having: bytes) else { return false }
      bytes += count
      return true
    }

    /// Releases a part.
    func shrink(by count: Int) {
      let count = min(count, bytes)
      budget.give(count)
      bytes -= count
    }

    /// Releases all of it.
    func empty() { shrink(by: bytes) }
  }

  private func take(_ count: Int, having own: Int) -> Bool {
    lock.withLock {
      guard held == own || held + count <= limit else { return false }
      held += count
      return true
    }
  }

  private func give(_ count: Int) { lock.withLock { held -= count } }
}
