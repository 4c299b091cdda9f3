internal import CSpoor

/// A failure with everything that explains it: what was thrown, where, why, and inside which span.
///
/// Made at the catch (`CapturedFailure(error)`), in a few microseconds: addresses only. ``Symbolicator`` makes names and
/// lines of them later, on another thread.
public struct CapturedFailure: Sendable {
  /// A number for this failure, unique in the process. The same error recorded again has the same number.
  public let id: UInt64
  /// True if the same error was recorded before in the same place (a log, a span, or by hand), as failure ``id``: it is
  /// written whole once, and referred to after that.
  public let isAlreadyRecorded: Bool
  private let recordedBefore: Sinks
  /// The error as it was caught.
  public let error: any Error
  /// The type of the error, below any ``ErrorContext``, without its module.
  public let type: String
  /// The same with its module, the same in each run.
  public let qualifiedType: String
  /// Its description, after the sentences of each ``ErrorContext``; cut at 2 KiB.
  public let message: String
  /// The stack of the throw, or what comes nearest to it: see ``CapturedStack/source``.
  public let stack: CapturedStack
  /// What caused the error, nearest first; 8 links at most. An error inside an ``ErrorContext`` is the first of them.
  public let causes: [FailureCause]
  /// The span at the throw; nil if none was current, or if the stack is not that of the throw.
  public let spanAtThrow: SpanAtThrow?
  /// How often the error was thrown on its way: again by `catch { throw error }`, by a task group, by a decoder. 0 if no
  /// throw was seen.
  public let throwCount: Int
  /// The names of the spans around the throw, outermost first. Spoor's tracer fills them in.
  public var spans: [String]
  /// Whether the program carries on.
  public var isHandled: Bool

  /// Where the stack comes from.
  public var stackSource: StackSource { stack.source }

  /// Captures what is known of an error.
  ///
  /// - Parameters:
  ///   - error: as caught. Not put into another type by a cast first: the stack would be ``StackSource/inferred``.
  ///   - isHandled: whether the program carries on.
  ///   - spans: the names of the spans around, outermost first.
  @inline(never)
  public init(_ error: any Error, isHandled: Bool = true, spans: [String] = []) {
    self.init(error, isHandled: isHandled, spans: spans, sinks: .other)
  }

  /// Where a failure is recorded: in each place it is written whole once.
  package struct Sinks: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let log = Sinks(rawValue: UInt32(SPOOR_SINK_LOG))
    package static let span = Sinks(rawValue: UInt32(SPOOR_SINK_SPAN))
    package static let other = Sinks(rawValue: UInt32(SPOOR_SINK_OTHER))
  }

  /// Whether this place has the whole failure already.
  package func isRecorded(in sink: Sinks) -> Bool { !recordedBefore.isDisjoint(with: sink) }

  @inline(never)
  package init(_ error: any Error, isHandled: Bool = true, spans: [String] = [], sinks: Sinks) {
    let original = (error as? ErrorContext)?.original ?? error
    let chain = CauseChain(of: error)
    let thrown = KnownThrow(of: original)

    // A wrapper is a new error each time it is thrown on: it is the original that is recorded once.
    let number = spoor_throws_next_id()
    var before: UInt32 = 0
    let first = unsafe spoor_throws_mark(ErrorWord.of(original), number, sinks.rawValue, &before)
    id = first == 0 ? number : first
    recordedBefore = Sinks(rawValue: before)
    isAlreadyRecorded = before & sinks.rawValue != 0

    self.error = error
    type = ErrorText.type(of: original)
    qualifiedType = ErrorText.qualifiedType(of: original)
    message = ErrorText.message(of: error)
    stack = thrown?.stack ?? .ofCaller()
    spanAtThrow = thrown?.span
    throwCount = thrown?.count ?? 0
    causes = chain.causes
    self.spans = spans
    self.isHandled = isHandled
  }
}
