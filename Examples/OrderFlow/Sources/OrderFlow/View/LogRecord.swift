import SpoorModel
import SpoorTerminal

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A record of a service's log.
struct LogRecord: Sendable {
  /// The line as it was written; empty for a record that was read elsewhere.
  let line: String
  let fields: [String: JSONValue]

  /// `nil` for a line that is not a JSON object.
  init?(line: String) {
    guard let fields = try? JSONDecoder().decode([String: JSONValue].self, from: Data(line.utf8)) else { return nil }
    self.line = line
    self.fields = fields
  }

  /// A record that was read already.
  init(fields: [String: JSONValue]) {
    line = ""
    self.fields = fields
  }

  var timestamp: String { self["timestamp"] ?? "" }
  var level: String { self["level"] ?? "" }
  var service: String { self["service"] ?? "" }
  var traceID: String? { self["trace_id"] }
  var spanID: String? { self["span_id"] }
  var event: String { self["event"] ?? "" }

  /// A field's text; `nil` when it is absent or no string.
  subscript(key: String) -> String? { fields[key]?.text }

  /// The caller's own fields as `key=value`, in the order of the alphabet; of an error, type and message.
  var details: String {
    fields.filter { !Self.reserved.contains($0.key) }
      .sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value.plain)" }
      .joined(separator: " ")
  }

  private static let reserved: Set<String> = [
    "timestamp", "level", "service", "trace_id", "span_id", "trace_flags", "event", "logger", "hb.request.id",
    "error.stack_trace", "error.causes", "error.spans", "error.handled", "error.fingerprint", "error.id",
    "error.same_as", "error.span_id", "error.stack_source", "error.throw_count", "error.breadcrumbs", "in_flight",
  ]
}

extension RunDirectory {
  /// The records of all services of one trace in the order of their times: what `grep TRACE_ID *.log | sort` gives.
  func records(ofTrace traceID: String) throws -> [LogRecord] {
    try records().filter { $0.traceID == traceID }
  }

  /// The records of all services in the order of their times.
  func records() throws -> [LogRecord] {
    var records: [LogRecord] = []
    for role in ServiceRole.allCases {
      guard let data = FileManager.default.contents(atPath: log(of: role.rawValue)) else { continue }
      // What follows the last line end is still being written.
      let text = String(decoding: data[..<(data.lastIndex(of: UInt8(ascii: "\n")) ?? data.startIndex)], as: UTF8.self)
      records += text.split(separator: "\n").compactMap { LogRecord(line: String($0)) }
    }
    return records.sorted { $0.timestamp < $1.timestamp }
  }
}

extension TraceView {
  /// The view of a trace with the records of its services.
  init(tree: TraceTree, records: [LogRecord]) {
    self.init(
      tree: tree,
      records: records.map { record in
        Record(
          timestamp: record.timestamp, level: record.level, service: record.service, event: record.event,
          details: record.details, spanID: record.spanID, stackTrace: record["error.stack_trace"])
      })
  }
}
