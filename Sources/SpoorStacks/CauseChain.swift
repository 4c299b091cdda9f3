/// The causes behind an error, followed to their end, a cycle, or ``limit``.
struct CauseChain {
  /// Links at most.
  static let limit = 8

  private(set) var causes: [FailureCause] = []

  init(of error: any Error) {
    var seenObjects: Set<ObjectIdentifier> = []
    var seenStacks: Set<[StackFrame]> = []
    var current = error
    Self.note(current, in: &seenObjects)
    if let stack = KnownThrow(of: current)?.stack { seenStacks.insert(stack.frames) }
    while causes.count < Self.limit, let next = CauseFinder.cause(of: current) {
      guard Self.note(next, in: &seenObjects) else { break }
      // A guess that repeats another link's stack is the newest throw of the same type, not this one's.
      var stack = KnownThrow(of: next)?.stack
      if let frames = stack?.frames, !seenStacks.insert(frames).inserted, stack?.source == .inferred { stack = nil }
      causes.append(
        FailureCause(type: ErrorText.type(of: next), message: ErrorText.message(of: next), stack: stack))
      current = next
    }
  }

  /// False if the error is an object that was met before. (Values cannot hold themselves.)
  @discardableResult
  private static func note(_ error: any Error, in seen: inout Set<ObjectIdentifier>) -> Bool {
    guard type(of: error) is AnyClass else { return true }
    return seen.insert(ObjectIdentifier(error as AnyObject)).inserted
  }
}
