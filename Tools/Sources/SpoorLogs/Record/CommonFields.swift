// SPDX-License-Identifier: Apache-2.0

/// The fields that every log library writes under its own names: level, time, event, trace, span, service.
///
/// Sources of the names: Spoor and its presets, ECS, Google Cloud Logging, Datadog, OTLP JSON, pino, bunyan, winston,
/// zap, zerolog, slog, logback, loguru, structlog, python-json-logger, tracing (Rust), journald.
enum CommonField: String, Sendable, Hashable, CaseIterable {
  case level, timestamp, event
  case traceID = "trace_id"
  case spanID = "span_id"
  case service

  /// The names by which a query can refer to the field.
  init?(alias: String) {
    guard let field = Self.byAlias[alias] else { return nil }
    self = field
  }

  private static let byAlias: [String: CommonField] = [
    "level": .level, "severity": .level, "log.level": .level, "lvl": .level,
    "timestamp": .timestamp, "@timestamp": .timestamp, "time": .timestamp, "ts": .timestamp,
    "event": .event, "message": .event, "msg": .event,
    "trace_id": .traceID, "traceId": .traceID, "traceID": .traceID, "trace.id": .traceID, "trace": .traceID,
    "dd.trace_id": .traceID,
    "span_id": .spanID, "spanId": .spanID, "spanID": .spanID, "span.id": .spanID, "dd.span_id": .spanID,
    "service": .service, "service.name": .service,
  ]
}

/// The names of the common fields.
///
/// Threads that read many records have a table each, because counting the references to a shared one would slow them
/// down.
final class CommonNames: Sendable {
  static let shared = CommonNames()

  let levels = FieldNames([
    "level", "severity", "log.level", "status", "severityText", "severity_text", "lvl", "levelname",
    "record.level.name", "level_name", "level_value", "severityNumber", "severity_number", "levelno", "PRIORITY",
  ])
  let times = FieldNames([
    "timestamp", "@timestamp", "time", "ts", "t", "timeUnixNano", "record.time.timestamp", "asctime", "datetime",
    "observedTimeUnixNano", "__REALTIME_TIMESTAMP", "date",
  ])
  let events = FieldNames([
    "event", "message", "msg", "body.stringValue", "body", "fields.message", "jsonPayload.message", "record.message",
    "textPayload", "MESSAGE", "log",
  ])
  let traces = FieldNames([
    "trace_id", "traceId", "traceID", "trace.id", "dd.trace_id", "logging.googleapis.com/trace", "trace",
    "span.trace_id", "otelTraceID", "traceid", "TraceId", "contextMap.trace_id", "mdc.traceId", "extra.trace_id",
    "record.extra.trace_id",
  ])
  let spans = FieldNames([
    "span_id", "spanId", "spanID", "span.id", "transaction.id", "dd.span_id", "logging.googleapis.com/spanId",
    "otelSpanID", "spanid", "SpanId", "extra.span_id", "record.extra.span_id",
  ])
  let services = FieldNames([
    "service", "service.name", "dd.service", "serviceContext.service", "service_name", "otelServiceName", "app",
    "application", "name", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER",
  ])
  /// The level's own name, for levels that are not known.
  let level = FieldPath("level")
}

extension LogView {
  /// The level; `nil` if no field has one.
  var level: LogLevel? {
    first(tape.names.levels) { path, index in
      switch Scalar(tape, index) {
      case .text(let bytes)?:
        if let level = unsafe tape.levels.level(bytes) { return level }
        guard unsafe bytes.first.map({ $0 < 0x3A }) == true else { return nil }
        return unsafe Int64(String(decoding: bytes, as: UTF8.self)).flatMap { LogLevel(number: $0, field: path.name) }
      case .signed(let number)?: return LogLevel(number: number, field: path.name)
      case .unsigned(let number)?: return Int64(exactly: number).flatMap { LogLevel(number: $0, field: path.name) }
      case .double(let number)?: return Int64(exactly: number).flatMap { LogLevel(number: $0, field: path.name) }
      default: return nil
      }
    }
  }

  /// Spoor's name of the level; the record's own name if the level is not known.
  var levelName: String? { level?.name ?? first(tape.names.level) { text(at: $0) } }

  /// The time in microseconds since 1970; the carrier's if the record has none.
  package var time: Int64? {
    first(tape.names.times) { _, index in self.time(at: index) } ?? carrier.time
  }

  private func time(at index: Int) -> Int64? {
    switch Scalar(tape, index) {
    case .text(let bytes)?:
      if let time = unsafe Timestamp.microseconds(bytes) { return time }
      return unsafe Timestamp.epoch(String(decoding: bytes, as: UTF8.self))
    case .signed(let value)?: return Timestamp.epoch(value)
    case .unsigned(let value)?: return Int64(exactly: value).flatMap { Timestamp.epoch($0) }
    case .double(let value)?: return Timestamp.epoch(value)
    case .digits?, .bool?, .null?: return nil
    case nil:
      // Google's structured form.
      guard let seconds = tape.member(index, Self.seconds).flatMap({ Scalar(tape, $0)?.integer }) else { return nil }
      let nanos = tape.member(index, Self.nanos).flatMap { Scalar(tape, $0)?.integer } ?? 0
      let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
      return overflow ? nil : product &+ nanos / 1_000
    }
  }

  private static let seconds = Array("seconds".utf8)
  private static let nanos = Array("nanos".utf8)

  /// The event or message.
  package var event: String? { first(tape.names.events) { _, index in self.text(at: index) } }

  /// The trace id of the record, without surrounding text, in lower case.
  package var traceID: String? {
    first(tape.names.traces) { _, index in self.text(at: index).flatMap { TraceIDText.normalised($0) } }
  }

  /// The span id of the record, in lower case.
  var spanID: String? { first(tape.names.spans) { _, index in self.text(at: index)?.lowercased() } }

  /// The name of the service; the carrier's source if the record has none.
  var service: String? { first(tape.names.services) { _, index in self.text(at: index) } ?? carrier.source }

  /// The text of a scalar that is not null.
  func text(at index: Int) -> String? {
    switch Scalar(tape, index) {
    case .null?, nil: nil
    case let scalar?: scalar.text
    }
  }
}

/// The forms of trace ids in logs.
enum TraceIDText {
  /// The id without surrounding text, in lower case: `projects/P/traces/ID` becomes `ID`, and the dashes of X-Ray's
  /// `1-5759e988-bd86…` are removed.
  static func normalised(_ text: String) -> String? {
    // Nearly all ids are plain already, and the general way takes most of a record's time.
    let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    if isPlain { return text.isEmpty ? nil : text }
    var id = text[...]
    if let slash = text.range(of: "/traces/") { id = text[slash.upperBound...] }
    if id.hasPrefix("1-"), id.utf8.count == 35 { id = id.dropFirst(2) }
    let plain = id.filter { $0 != "-" }.lowercased()
    return plain.isEmpty ? nil : plain
  }

  /// Whether an id begins with this prefix, in lower case, or is the decimal form of the low half of a whole id
  /// (Datadog).
  static func matches(_ id: String, prefix: String) -> Bool {
    if id.hasPrefix(prefix) { return true }
    // 64-bit ids are padded with zeros by some writers and not by others.
    if prefix.utf8.count >= 16, id.utf8.count >= 16, id.strippedZeros == prefix.strippedZeros { return true }
    guard prefix.utf8.count == 32 || prefix.utf8.count == 16, id.utf8.count <= 20, let number = UInt64(id),
      let low = UInt64(prefix.suffix(16), radix: 16)
    else { return false }
    return number == low
  }

  /// The forms in which a line can contain a prefix, for a search before parsing. Some writers put a dash after the
  /// first eight digits.
  static func literals(_ prefix: String) -> [[UInt8]] {
    let start = String(prefix.prefix(8))
    var forms = [Array(start.utf8)]
    let upper = start.uppercased()
    if upper != start { forms.append(Array(upper.utf8)) }
    if prefix.utf8.count == 32 || prefix.utf8.count == 16, let low = UInt64(prefix.suffix(16), radix: 16) {
      forms.append(Array(String(low).utf8))
      if prefix.utf8.count == 32, prefix.hasPrefix("0000000000000000") {
        forms += literals(String(prefix.suffix(16)))
      }
    }
    return forms
  }
}

extension String {
  fileprivate var strippedZeros: Substring { drop { $0 == "0" } }

  /// The first occurrence of a text.
  fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
