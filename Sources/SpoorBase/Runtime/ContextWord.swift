// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
public import Tracing

/// Assumption: a bound `ServiceContext` is one word, the address of its storage, and C finds that word in the
/// task-local.
///
/// The word is the key of C's table of spans (`spoor_context.h`). The table holds the storage unowned, so that no other
/// context gets its address while a span is open.
public enum ContextWord {
  /// Whether the assumption holds, and shortcuts are allowed. The first call tells C where the task-local is.
  public static let isReadable = RuntimeShortcuts.hold {
    var number = 0
    func probe() -> ServiceContext {
      number += 1
      var context = ServiceContext.topLevel
      context[ProbeKey.self] = number
      return context
    }
    return ObjectWord.holds(for: probe) && isFound(probe())
  }

  private enum ProbeKey: ServiceContextKey { typealias Value = Int }

  /// Whether C finds the word of a bound context. If not, C does not look for it later.
  private static func isFound(_ probe: ServiceContext) -> Bool {
    // The key is the address of the `TaskLocal` object, a global that is never freed.
    let key = unsafe Unmanaged.passUnretained(ServiceContext.$current).toOpaque()
    unsafe spoor_context_set_key(key, of(ServiceContext.topLevel))
    let isFound = ServiceContext.$current.withValue(probe) { spoor_context_word() } == of(probe)
    if !isFound { spoor_context_set_key(nil, 0) }
    return isFound
  }

  /// The word of a context.
  @inlinable
  @inline(__always)
  public static func of(_ context: borrowing ServiceContext) -> UInt64 { ObjectWord.of(context) }
}
