package import Logging

/// One record on its way to a line.
package struct LogRecord {
  /// Nanoseconds since 1970.
  package var time: UInt64
  package var level: Logger.Level
  package var message: String
  package var logger: String
  package var trace: LogTrace?
  /// The caller's fields, each key once, sorted by key.
  package var fields: [(key: String, value: Logger.MetadataValue)]
  package var failure: FailureFields?

  package init(
    time: UInt64, level: Logger.Level, message: String, logger: String, trace: LogTrace? = nil,
    fields: [(key: String, value: Logger.MetadataValue)] = [], failure: FailureFields? = nil
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

/// The ids of the span a record was written in.
package struct LogTrace: Sendable, Hashable {
  package var traceIDHigh: UInt64
  package var traceIDLow: UInt64
  package var spanID: UInt64
  package var isSampled: Bool

  package init(traceIDHigh: UInt64, traceIDLow: UInt64, spanID: UInt64, isSampled: Bool) {
    self.traceIDHigh = traceIDHigh
    self.traceIDLow = traceIDLow
    self.spanID = spanID
    self.isSampled = isSampled
  }
}

/// What a record says of an error. The names are ECS's where ECS has one.
package struct FailureFields: Sendable, Hashable {
  package struct Cause: Sendable, Hashable {
    package var type: String
    package var message: String
    package init(type: String, message: String) {
      self.type = type
      self.message = message
    }
  }

  /// `error.type`
  package var type: String
  /// `error.message`
  package var message: String
  /// `error.handled`: whether the program carried on. Nil where the caller did not say.
  package var isHandled: Bool?
  /// `error.stack_trace`, a frame a line.
  package var stackTrace: String?
  /// `error.causes`, the nearest first.
  package var causes: [Cause] = []
  /// `error.spans`, outermost first.
  package var spans: [String] = []
  /// `error.fingerprint`
  package var fingerprint: String?

  package init(type: String, message: String) {
    self.type = type
    self.message = message
  }
}
