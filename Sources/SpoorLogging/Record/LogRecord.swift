// SPDX-License-Identifier: Apache-2.0

package import Logging
package import SpoorStacks

/// A log record before it is encoded as a line.
package struct LogRecord {
  /// The time of the record in nanoseconds since 1970.
  package var time: UInt64
  package var level: Logger.Level
  package var message: String
  package var logger: String
  package var trace: LogTrace?
  package var fields: LogFields
  /// The place of the call; `nil` if records do not have it.
  var source: LogSource?
  /// Boxed, because it is large and rare and records are passed around.
  private var failureBox: FailureBox?

  /// The fields of the record's error.
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

/// The place of a log call.
struct LogSource: Sendable, Hashable {
  /// The module, or what the caller gave as `source:`.
  var module: String
  /// `#fileID`, or what the caller gave as `file:`.
  var file: String
  var line: UInt
}

/// The error fields of a record. Their names are those of ECS where ECS has one.
package struct FailureFields: Sendable, Hashable {
  /// A log event of the same trace before the failure.
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
  /// `error.handled`: whether the program recovered. `nil` if the caller did not state it.
  package var isHandled: Bool?
  /// The type with its module, for the fingerprint.
  package var qualifiedType = ""
  /// `error.id`: the number of the failure, unique in this process.
  package var id: UInt64?
  /// `error.same_as`: the `error.id` of an earlier full record of the same error. It replaces the number, stack and
  /// causes.
  package var sameAs: UInt64?
  /// `error.throw_count`, if the error was thrown more than once.
  package var throwCount = 1
  /// `error.span_id`: the span of the throw.
  package var throwSpanID: UInt64?
  /// `error.stack_trace` with one frame per line, if the stack is already text.
  package var stackTrace: String?
  /// The stack as addresses, which get their names on the way to the output. `nil` for an error that was written
  /// before.
  package var stack: CapturedStack?
  /// `error.rethrown_at`: the place where the error was rethrown, as addresses. The one line that is written is chosen
  /// when the names are known.
  package var rethrownAt: CapturedStack?
  /// `error.causes`, the nearest first.
  package var causes: [FailureCause] = []
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
