// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The entry of an error in the table of recent throws.
struct KnownThrow {
  let stack: CapturedStack
  /// The last place where the error was rethrown; nil if it was thrown once.
  let rethrow: CapturedStack?
  let span: SpanAtThrow?
  let count: Int

  /// Looks up an error without recording it, for example a cause. Nil if no throw of it was captured.
  init?(of error: any Error) {
    var found = spoor_throw()
    guard unsafe spoor_throws_find(ErrorWord.of(error), &found) else { return nil }
    self.init(found)
  }

  init(_ found: spoor_throw) {
    let source: StackSource = found.source == UInt32(SPOOR_THROW_EXACT) ? .exact : .inferred
    stack = CapturedStack(found.stack, source: source)
    rethrow = found.rethrow.count == 0 ? nil : CapturedStack(found.rethrow, source: source)
    span = found.span_state == UInt32(SPOOR_SPAN_EXACT) ? SpanAtThrow(found.span) : nil
    count = Int(found.throws)
  }

  /// The throw of the error from which an `NSError` was made (`throw error as NSError`). The bridge only keeps the name
  /// of its type, as the domain.
  static func behind(_ error: any Error) -> KnownThrow? {
    guard ErrorText.type(of: error) == "NSError" else { return nil }
    var found = spoor_throw()
    var type: UnsafeRawPointer?
    guard unsafe spoor_throws_find_source(ErrorWord.of(error), &found, &type), let type = unsafe type else {
      return nil
    }
    return unsafe ErrorWord.typeName(type) == error._domain ? KnownThrow(found) : nil
  }
}

/// The result of recording an error: its throw, and whether it was recorded before.
struct RecordedThrow {
  let id: UInt64
  let before: UInt32
  let thrown: KnownThrow?

  /// - Parameters:
  ///   - error: the original error below all contexts.
  ///   - sinks: the places where it is recorded now.
  @inline(never)
  init(_ error: any Error, sinks: UInt32) {
    var found = spoor_throw()
    var record = spoor_throw_record()
    let isKnown = unsafe spoor_throws_record(ErrorWord.of(error), spoor_throws_next_id(), sinks, &found, &record)
    id = record.id
    before = record.before
    thrown = KnownThrow.behind(error) ?? (isKnown ? KnownThrow(found) : nil)
  }
}
