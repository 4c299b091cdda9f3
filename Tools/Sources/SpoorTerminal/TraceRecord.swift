// SPDX-License-Identifier: Apache-2.0

extension TraceView {
  /// An error that led to a record's error.
  public struct Cause: Sendable {
    /// `Type: message`.
    public var text: String
    /// The stack of its throw, one frame per line; `nil` if unknown.
    public var stackTrace: String?

    /// Creates a cause.
    public init(text: String, stackTrace: String? = nil) {
      self.text = text
      self.stackTrace = stackTrace
    }
  }

  /// The displayed parts of a log record.
  public struct Record: Sendable {
    /// RFC 3339.
    public var timestamp: String
    /// swift-log's name.
    public var level: String
    /// The service that wrote it.
    public var service: String
    /// The event or message.
    public var event: String
    /// The fields as `key=value`.
    public var details: String
    /// 16 hexadecimal digits; nil outside a span.
    public var spanID: String?
    /// The stack, one frame per line.
    public var stackTrace: String?
    /// The error as `Type: message`.
    public var error: String?
    /// Whether the program recovered from the error.
    public var isHandled = false
    /// The causes of the error, the nearest first.
    public var causes: [Cause] = []
    /// The events before the failure that the record has, the oldest first.
    public var breadcrumbs: [String] = []

    /// Creates a record.
    public init(
      timestamp: String, level: String, service: String, event: String, details: String, spanID: String?,
      stackTrace: String?, error: String? = nil, isHandled: Bool = false, causes: [Cause] = [],
      breadcrumbs: [String] = []
    ) {
      self.timestamp = timestamp
      self.level = level
      self.service = service
      self.event = event
      self.details = details
      self.spanID = spanID
      self.stackTrace = stackTrace
      self.error = error
      self.isHandled = isHandled
      self.causes = causes
      self.breadcrumbs = breadcrumbs
    }
  }
}
