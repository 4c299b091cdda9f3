// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// A failure with its context: the error, the stack of its throw, its causes and its span.
///
/// It is created at the catch (`CapturedFailure(error)`) within a few microseconds and only has addresses.
/// ``Symbolicator`` resolves them to names and lines later, on another thread.
public struct CapturedFailure: Sendable {
  /// A number for this failure, unique in the process. The same error recorded again has the same number.
  public let id: UInt64
  /// True if the same error was recorded before in the same place (a log, a span, or by hand), as failure ``id``. It is
  /// written in full once and referenced later.
  public let isAlreadyRecorded: Bool
  private let recordedBefore: Sinks
  /// The error that was caught.
  public let error: any Error
  /// The type of the error, below any ``ErrorContext``, without its module.
  public let type: String
  /// The type with its module, which is the same in each run.
  public let qualifiedType: String
  /// Its description, after the sentences of each ``ErrorContext``; cut at 2 KiB.
  public let message: String
  /// The stack of the throw, or the best available one: see ``CapturedStack/source``.
  public let stack: CapturedStack
  /// The last place where the error was rethrown, at most 16 addresses: by `catch { throw error }`, a task group, a
  /// continuation, a cast. Nil if it was thrown once.
  public let rethrownAt: CapturedStack?
  /// The causes of the error, nearest first, at most 8. An error inside an ``ErrorContext`` is the first of them.
  public let causes: [FailureCause]
  /// The span at the throw; nil if none was current, or if the stack is not that of the throw.
  public let spanAtThrow: SpanAtThrow?
  /// The number of throws of the error: 1, and one more for each `catch { throw error }`, task group, continuation or
  /// decoder that rethrew it. 0 if no throw was seen.
  public let throwCount: Int
  /// The names of the spans around the throw, outermost first. Spoor's tracer fills them in.
  public var spans: [String]
  /// Whether the program continues after the error.
  public var isHandled: Bool

  /// The origin of the stack.
  public var stackSource: StackSource { stack.source }

  /// Captures an error with its context.
  ///
  /// - Parameters:
  ///   - error: the error as it was caught. Do not cast it to another type first, because the stack would then be
  ///     ``StackSource/inferred``.
  ///   - isHandled: whether the program continues after the error.
  ///   - spans: the names of the enclosing spans, outermost first.
  @inline(never)
  public init(_ error: any Error, isHandled: Bool = true, spans: [String] = []) {
    Self.noteCatch(of: error)
    self.init(error, isHandled: isHandled, spans: spans, sinks: .other)
  }

  /// The places where a failure is recorded. In each of them it is written in full once.
  package struct Sinks: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let log = Sinks(rawValue: UInt32(SPOOR_SINK_LOG))
    package static let span = Sinks(rawValue: UInt32(SPOOR_SINK_SPAN))
    package static let other = Sinks(rawValue: UInt32(SPOOR_SINK_OTHER))
  }

  /// Whether the failure has already been written in full in this place.
  package func isRecorded(in sink: Sinks) -> Bool { !recordedBefore.isDisjoint(with: sink) }

  /// Must be called first by code that receives a caught error. An earlier copy would hide that the error is not a
  /// constant that several places throw.
  @inline(never)
  package static func noteCatch(of error: any Error) { unsafe spoor_throws_catch(ErrorWord.of(error)) }

  @inline(never)
  package init(_ error: any Error, isHandled: Bool = true, spans: [String] = [], sinks: Sinks) {
    let error = ErrorWord.unwrapped(error)
    let original = (error as? ErrorContext)?.original ?? error
    // A wrapper is a new error each time it is rethrown, so the original is the one that is recorded once.
    let recorded = RecordedThrow(original, sinks: sinks.rawValue)
    let thrown = recorded.thrown
    id = recorded.id
    recordedBefore = Sinks(rawValue: recorded.before)
    isAlreadyRecorded = recorded.before & sinks.rawValue != 0

    self.error = error
    type = ErrorText.type(of: original)
    qualifiedType = ErrorText.qualifiedType(of: original)
    message = ErrorText.message(of: error)
    stack = thrown?.stack ?? .ofCaller()
    spanAtThrow = thrown?.span
    throwCount = thrown?.count ?? 0
    rethrownAt = thrown?.rethrow
    // For an error inside a context the chain begins with the context, whose own throw is not of interest.
    causes = CauseChain(of: error, stack: error is ErrorContext ? nil : thrown?.stack).causes
    self.spans = spans
    self.isHandled = isHandled
  }
}
