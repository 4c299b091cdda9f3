package import Logging
package import SpoorStacks

/// One record on its way to a line.
package struct LogRecord {
  /// Nanoseconds since 1970.
  package var time: UInt64
  package var level: Logger.Level
  package var message: String
  package var logger: String
  package var trace: LogTrace?
  package var fields: LogFields
  /// In a box: it is large and rare, and records are passed around.
  private var failureBox: FailureBox?

  /// What the record says of an error.
  package var failure: FailureFields? {
    get { failureBox?.failure }
    set { failureBox = newValue.map(FailureBox.init) }
  }

  var hasFailure: Bool { failureBox != nil }

  private final class FailureBox: Sendable {
    let failure: FailureFields
    init(_ failure: FailureFields) { self.failure = failure }
  }

  package init(
    time: UInt64, level: Logger.Level, message: String, logger: String, trace: LogTrace? = nil,
    fields: LogFields = LogFields(), failure: FailureFields? = nil
  ) {
    self.time = time
    self.level = level
    self.message = message
    self.logger = logger
    self.trace = trace
    self.fields = fields
    self.failure = failure
  }
}

/// What a record says of an error. The names are ECS's where ECS has one.
package struct FailureFields: Sendable, Hashable {
  package struct Cause: Sendable, Hashable {
    package var type: String
    package var message: String
    /// Where it was thrown, where that is known.
    package var stack: CapturedStack?
    package init(type: String, message: String, stack: CapturedStack? = nil) {
      self.type = type
      self.message = message
      self.stack = stack
    }
  }

  /// A log event before the failure, in the same trace.
  package struct Breadcrumb: Sendable, Hashable {
    /// Nanoseconds since 1970.
    package var time: UInt64
    package var level: Logger.Level
    package var event: String
    package init(time: UInt64, level: Logger.Level, event: String) {
      self.time = time
      self.level = level
      self.event = event
    }
  }

  /// `error.type`
  package var type: String
  /// `error.message`
  package var message: String
  /// `error.handled`: whether the program carried on. Nil where the caller did not say.
  package var isHandled: Bool?
  /// The type with its module, for the fingerprint.
  package var qualifiedType = ""
  /// `error.id`: a number of the failure, unique in this process.
  package var id: UInt64?
  /// `error.same_as`, in place of the number, the stack and the causes: where it was written whole before.
  package var sameAs: UInt64?
  /// `error.throw_count`, where it was thrown more than once.
  package var throwCount = 1
  /// `error.span_id`: the span of the throw.
  package var throwSpanID: UInt64?
  /// `error.stack_trace`, a frame a line, where it is text already.
  package var stackTrace: String?
  /// The same as addresses: names are made of them on their way to the output. Nil for an error that was written before.
  package var stack: CapturedStack?
  /// `error.causes`, the nearest first.
  package var causes: [Cause] = []
  /// `error.spans`, outermost first.
  package var spans: [String] = []
  /// `error.breadcrumbs`, the oldest first.
  package var breadcrumbs: [Breadcrumb] = []
  /// `error.fingerprint`
  package var fingerprint: String?

  package init(type: String, message: String) {
    self.type = type
    self.message = message
  }
}
