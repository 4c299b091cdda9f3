// SPDX-License-Identifier: Apache-2.0

/// The causes behind an error, followed to their end, a cycle, or ``limit``.
struct CauseChain {
  /// The maximum number of links.
  static let limit = 8

  private(set) var causes: [FailureCause] = []

  /// - Parameters:
  ///   - error: the unwrapped error.
  ///   - stack: the stack of the error's own throw, if it is known.
  init(of error: any Error, stack: CapturedStack?) {
    var seenObjects: Set<ObjectIdentifier> = []
    var seenStacks: Set<[StackFrame]> = []
    var current = error
    Self.note(current, in: &seenObjects)
    if let stack { seenStacks.insert(stack.frames) }
    while causes.count < Self.limit, let next = CauseFinder.cause(of: current) {
      guard Self.note(next, in: &seenObjects) else { break }
      // An inferred stack that repeats another link's stack is that of the newest throw of the same type, not this
      // one's.
      var stack = KnownThrow(of: next)?.stack
      if let frames = stack?.frames, !seenStacks.insert(frames).inserted, stack?.source == .inferred { stack = nil }
      causes.append(
        FailureCause(type: ErrorText.type(of: next), message: ErrorText.message(of: next), stack: stack))
      current = next
    }
  }

  /// Notes an error. Returns false if it is an object that was noted before. (Values cannot contain themselves.)
  @discardableResult
  private static func note(_ error: any Error, in seen: inout Set<ObjectIdentifier>) -> Bool {
    guard type(of: error) is AnyClass else { return true }
    return seen.insert(ObjectIdentifier(error as AnyObject)).inserted
  }
}
