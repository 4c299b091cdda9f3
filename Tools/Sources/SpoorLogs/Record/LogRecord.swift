// SPDX-License-Identifier: Apache-2.0

/// A log record: a JSON object, with its common fields found under the names of many libraries.
public struct LogRecord: Sendable, Hashable {
  /// The members in the order in which they were written.
  public let members: [JSONValue.Member]
  /// The record's JSON.
  public let json: [UInt8]
  /// The time of the record in microseconds since 1970; `nil` if neither the record nor its carrier has one.
  public let time: Int64?
  /// The id of its trace, in lower case.
  public let traceID: String?
  /// The id of its span, in lower case.
  public let spanID: String?
  /// Spoor's name of the level; the record's own name if the level is not known.
  public let level: String?
  /// The service that wrote it, otherwise the pod, container or program in its carrier.
  public let service: String?
  /// The event or message.
  public let event: String?

  init(_ view: LogView) {
    members = view.tape.members(view.object).map { key, value in
      JSONValue.Member(key: Scalar(view.tape, key)?.text ?? "", value: JSONValue(view.tape, value))
    }
    json = view.json
    time = view.time
    traceID = view.traceID
    spanID = view.spanID
    level = view.levelName
    service = view.service
    event = view.event
  }

  /// Reads the first record of a line in any carrier; `nil` if it has none.
  public init?(_ line: some Collection<UInt8>) {
    let reader = RecordReader(MemorySource(Array(line)))
    guard case .record(let view)? = try? reader.next() else { return nil }
    self.init(view)
  }

  /// The records of a text in any carrier: of a line, or of an export of OTLP with many records.
  public static func all(in text: some Collection<UInt8>) -> [LogRecord] {
    let reader = RecordReader(MemorySource(Array(text)))
    var records: [LogRecord] = []
    while let item = try? reader.next() { if case .record(let view) = item { records.append(LogRecord(view)) } }
    return records
  }

  /// A field by its name: as a whole, otherwise through nested objects, `error.type` as `{"error":{"type":…}}`, also in
  /// the objects in which some writers keep the caller's fields.
  public subscript(name: String) -> JSONValue? {
    if let value = Self.find(name[...], in: members) { return value }
    for wrapper in members where Self.wrappers.contains(wrapper.key) {
      let inner = wrapper.value.members
      if let value = Self.find(name[...], in: inner) { return value }
      if let extra = inner.first(where: { $0.key == "extra" })?.value.members,
        let value = Self.find(name[...], in: extra)
      {
        return value
      }
    }
    guard case .array(let attributes)? = members.first(where: { $0.key == "attributes" })?.value else { return nil }
    // OTLP's list of `{"key":…,"value":{"stringValue":…}}`.
    let attribute = attributes.first { $0.members.first { $0.key == "key" }?.value.text == name }
    return attribute?.members.first { $0.key == "value" }?.value.members.first?.value
  }

  private static let wrappers: Set<String> = ["jsonPayload", "record", "fields"]

  /// The text of a field by one of its names in queries: Spoor's names of the common fields, and the record's own
  /// names.
  public func field(_ name: String) -> String? {
    switch name {
    case "trace_id": traceID
    case "span_id": spanID
    case "level": level
    case "service": service
    case "event": event
    default: self[name]?.text
    }
  }

  private static func find(_ name: Substring, in members: [JSONValue.Member]) -> JSONValue? {
    if let member = members.last(where: { $0.key == name }) { return member.value }
    for dot in name.indices where name[dot] == "." {
      guard let member = members.last(where: { $0.key == name[..<dot] }) else { continue }
      // Of a list the first element, as of the exceptions that structlog writes.
      let inner =
        if case .array(let elements) = member.value { elements.first?.members ?? [] } else { member.value.members }
      if let value = find(name[name.index(after: dot)...], in: inner) { return value }
    }
    return nil
  }

  /// The text of the first of several fields that exists, because presets rename the keys.
  public func text(_ names: String...) -> String? { text(names) }

  func text(_ names: [String]) -> String? {
    for name in names { if let value = self[name], value != .null { return value.text } }
    return nil
  }

  /// The members that are shown as `key=value`: all without a dedicated place. The caller's fields that some writers
  /// keep in an object or a list of their own are among them.
  public var details: [JSONValue.Member] {
    var details: [JSONValue.Member] = []
    for member in members {
      if Self.wrappers.contains(member.key), !member.value.members.isEmpty {
        // loguru keeps the caller's fields one level deeper.
        let extra = member.value.members.first { $0.key == "extra" }
        details += extra.map { $0.value.members } ?? member.value.members
      } else if member.key == "attributes", case .array(let attributes) = member.value {
        details += attributes.compactMap { attribute in
          guard let key = attribute.members.first(where: { $0.key == "key" })?.value.text,
            let value = attribute.members.first(where: { $0.key == "value" })?.value.members.first?.value
          else { return nil }
          return JSONValue.Member(key: key, value: value)
        }
      } else {
        details.append(member)
      }
    }
    return details.filter { !Self.isPlaced($0) && !LogFailure.isPart($0) }.flatMap { Self.flattened($0) }
  }

  /// The members of a nested object by their whole names (`http.response.status_code`), without those that are shown in
  /// a place of their own.
  private static func flattened(_ member: JSONValue.Member, depth: Int = 0) -> [JSONValue.Member] {
    let inner = member.value.members
    guard !inner.isEmpty, depth < 8 else { return [member] }
    return inner.flatMap {
      flattened(JSONValue.Member(key: "\(member.key).\($0.key)", value: $0.value), depth: depth + 1)
    }
    .filter { !placed.contains($0.key) }
  }

  /// Whether a member is shown in a place of its own: directly, or with all of its members.
  private static func isPlaced(_ member: JSONValue.Member) -> Bool {
    if placed.contains(member.key) { return true }
    let inner = member.value.members
    return !inner.isEmpty && inner.allSatisfy { placed.contains("\(member.key).\($0.key)") }
  }

  /// Whether a scalar member with this key is among ``details``.
  package static func isDetail(_ key: String) -> Bool {
    !placed.contains(key) && !LogFailure.isPart(JSONValue.Member(key: key, value: .null))
  }

  private static let placed: Set<String> = [
    "timestamp", "@timestamp", "time", "ts", "t", "timeUnixNano", "observedTimeUnixNano", "level", "log.level",
    "severity",
    "severityText", "severityNumber", "status", "levelname", "levelno", "level_value", "lvl", "service", "service.name",
    "dd.service", "serviceContext.service", "trace_id", "trace.id", "traceId", "traceID", "dd.trace_id", "trace",
    "logging.googleapis.com/trace", "logging.googleapis.com/spanId", "logging.googleapis.com/trace_sampled", "span_id",
    "span.id", "spanId", "spanID", "transaction.id", "dd.span_id", "trace_flags", "flags", "event", "message", "msg",
    "body.stringValue", "logger", "log.logger", "logger.name", "logger_name", "ecs.version", "@version",
    // What ECS's libraries write into each record: where it was logged, the message once more, the process.
    "log.origin.file.line", "log.origin.file.name", "log.origin.file.path", "log.origin.function", "log.original",
    "process.name", "process.pid", "process.thread.id", "process.thread.name",
  ]
}
