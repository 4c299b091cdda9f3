/// A line of a log that is a JSON object.
public struct LogRecord: Sendable, Hashable {
  /// The members in the order in which they were written.
  public let members: [JSONValue.Member]

  /// Reads a line; nil where it is no JSON object.
  public init?(_ line: some Collection<UInt8>) {
    guard case .object(let members) = JSONParser.parse(Array(line)[...]) else { return nil }
    self.members = members
  }

  /// A field by its name: as it stands, else by the names of nested objects, `error.type` as `{"error":{"type":…}}`.
  public subscript(name: String) -> JSONValue? { Self.find(name[...], in: members) }

  private static func find(_ name: Substring, in members: [JSONValue.Member]) -> JSONValue? {
    if let member = members.last(where: { $0.key == name }) { return member.value }
    for dot in name.indices where name[dot] == "." {
      guard let member = members.last(where: { $0.key == name[..<dot] }) else { continue }
      if let value = find(name[name.index(after: dot)...], in: member.value.members) { return value }
    }
    return nil
  }

  /// The text of the first of several fields that is there: presets rename the keys.
  public func text(_ names: String...) -> String? {
    for name in names { if let value = self[name] { return value.text } }
    return nil
  }

  /// When it was written, in microseconds since 1970.
  public var time: Int64? { text("timestamp", "@timestamp", "time").flatMap { Timestamp.microseconds($0) } }
  /// The trace it belongs to, any text.
  public var traceID: String? { text("trace_id", "trace.id", "traceId", "dd.trace_id") }
  /// The span it belongs to, any text.
  public var spanID: String? { text("span_id", "span.id", "spanId", "dd.span_id") }
  /// The level's name.
  public var level: String? { text("level", "log.level", "severity", "status") }
  /// Who wrote it.
  public var service: String? { text("service", "service.name") }
  /// What happened.
  public var event: String? { text("event", "message", "msg") }

  /// What is shown as `key=value`: everything that has no place of its own.
  public var details: [JSONValue.Member] { members.filter { !Self.placed.contains($0.key) } }

  private static let placed: Set<String> = [
    "timestamp", "@timestamp", "time", "level", "log.level", "severity", "status", "service", "service.name",
    "trace_id", "trace.id", "traceId", "dd.trace_id", "span_id", "span.id", "spanId", "dd.span_id", "trace_flags",
    "event", "message", "msg", "logger", "error.type", "error.message", "error.stack_trace", "error.causes",
    "error.spans", "error.handled", "error.fingerprint", "error.stack_source", "error.id",
  ]
}
