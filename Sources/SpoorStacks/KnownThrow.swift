internal import CSpoor

/// What the table of recent throws knows of an error.
struct KnownThrow {
  let stack: CapturedStack
  let span: SpanAtThrow?
  let count: Int

  /// Nil if no throw of it was captured.
  init?(of error: any Error) {
    var found = spoor_throw()
    guard unsafe spoor_throws_find(ErrorWord.of(error), &found) else { return nil }
    stack = CapturedStack(found.stack, source: found.source == UInt32(SPOOR_THROW_EXACT) ? .exact : .inferred)
    span = found.span_state == UInt32(SPOOR_SPAN_EXACT) ? SpanAtThrow(found.span) : nil
    count = Int(found.throws)
  }
}

/// An `any Error` as C sees it.
enum ErrorWord {
  /// The address of the error's box. An `any Error` is one word in Swift's ABI; the box lives as long as `error` does.
  static func of(_ error: any Error) -> UnsafeRawPointer {
    // `as any Error`: else the value inside would be opened and cast, not its box.
    unsafe unsafeBitCast(error as any Error, to: UnsafeRawPointer.self)
  }
}
