import Foundation

/// Bytes of request bodies that the collector holds at the same time, all requests together.
///
/// What does not fit is refused and its sender told to come again: many large bodies at once cost no more memory than a
/// few. A body is counted with what it unzips to, until what it says is stored.
final class BodyBudget: @unchecked Sendable {  // `held` is guarded by `lock`.
  private let limit: Int
  private let lock = NSLock()
  private var held = 0

  /// - Parameter limit: bytes. One request alone is let in whatever it takes: it has a bound of its own.
  init(limit: Int) { self.limit = limit }

  /// What one request holds.
  struct Share: ~Copyable {
    private let budget: BodyBudget
    private var bytes = 0

    init(_ budget: BodyBudget) { self.budget = budget }

    deinit { budget.give(bytes) }

    /// Takes `count` more bytes; `false` where others hold too much for that.
    mutating func grow(by count: Int) -> Bool {
      guard budget.take(count, having: bytes) else { return false }
      bytes += count
      return true
    }

    /// Gives all of it back.
    mutating func empty() {
      budget.give(bytes)
      bytes = 0
    }
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
