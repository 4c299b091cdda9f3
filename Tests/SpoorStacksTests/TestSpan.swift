// SPDX-License-Identifier: Apache-2.0

import CSpoor

/// A stand-in for `ServiceContext`: a value of one word, bound to a task-local as Spoor's tracer binds a span's
/// context.
final class TestContext: Sendable {
  var word: UInt64 { UInt64(UInt(bitPattern: ObjectIdentifier(self))) }
}

enum TestSpan {
  @TaskLocal static var context: TestContext?

  /// Makes C read the stand-in's task-local.
  static func useAsContext() {
    // The key is the address of the `TaskLocal` object, a global that is never freed.
    unsafe spoor_context_set_key(Unmanaged.passUnretained($context).toOpaque(), 0)
  }

  static func reference(_ id: UInt64, start: UInt64 = 0, task: UInt64 = 0, thread: UInt32 = 0) -> spoor_span_ref {
    var span = spoor_span_ref()
    span.trace_high = id &* 3
    span.trace_low = id &* 5
    span.span_id = id
    span.start = start
    span.task = task
    span.thread = thread
    span.slot = UInt32(truncatingIfNeeded: id)
    return span
  }

  static func enter(_ word: UInt64, _ reference: spoor_span_ref) -> Bool {
    var reference = reference
    return unsafe spoor_context_enter(word, &reference) != UInt32(SPOOR_CONTEXT_NO_ROOM)
  }

  static func find(_ word: UInt64) -> spoor_span_ref? {
    var found = spoor_span_ref()
    return unsafe spoor_context_find(word, &found) ? found : nil
  }

  /// Runs `body` inside a span.
  static func with<Result>(_ id: UInt64, _ body: () throws -> Result) rethrows -> Result {
    let context = TestContext()
    _ = enter(context.word, reference(id))
    defer { spoor_context_leave(context.word, id) }
    return try $context.withValue(context) { try body() }
  }

  /// Runs `body` inside a span.
  static func with<Result>(
    _ id: UInt64, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async rethrows -> Result {
    let context = TestContext()
    _ = enter(context.word, reference(id))
    defer { spoor_context_leave(context.word, id) }
    return try await $context.withValue(context) { try await body() }
  }
}
