extension TraceView {
  /// A log record, as far as it is shown.
  public struct Record: Sendable {
    /// RFC 3339.
    public var timestamp: String
    /// swift-log's name.
    public var level: String
    /// Who wrote it.
    public var service: String
    /// What happened.
    public var event: String
    /// The fields as `key=value`.
    public var details: String
    /// 16 hexadecimal digits; nil outside a span.
    public var spanID: String?
    /// A frame a line.
    public var stackTrace: String?
    /// The error as `Type: message`.
    public var error: String?
    /// Whether somebody dealt with the error.
    public var isHandled = false
    /// What caused the error, the nearest first.
    public var causes: [String] = []

    /// A record.
    public init(
      timestamp: String, level: String, service: String, event: String, details: String, spanID: String?,
      stackTrace: String?, error: String? = nil, isHandled: Bool = false, causes: [String] = []
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
    }
  }
}
