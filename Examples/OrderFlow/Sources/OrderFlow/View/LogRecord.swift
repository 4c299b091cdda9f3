// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A record of a service's log.
struct LogRecord: Sendable {
  /// The line as it was written, or empty if the record was read elsewhere.
  let line: String
  let fields: [String: JSONValue]

  /// `nil` if the line is not a JSON object.
  init?(line: String) {
    guard let fields = try? JSONDecoder().decode([String: JSONValue].self, from: Data(line.utf8)) else { return nil }
    self.line = line
    self.fields = fields
  }

  /// Wraps a record that was read elsewhere.
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

  /// The text of a field, or `nil` if the field is absent or not a string.
  subscript(key: String) -> String? { fields[key]?.text }

  /// The caller's fields as `key=value`, sorted by key.
  var details: String {
    fields.filter { !Self.reserved.contains($0.key) }
      .sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value.plain)" }
      .joined(separator: " ")
  }

  /// The error as `Type: message`; `nil` if the record reports none.
  fileprivate var error: String? {
    self["error.type"].map { type in self["error.message"].map { "\(type): \($0)" } ?? type }
  }

  fileprivate var causes: [TraceView.Cause] {
    guard case .array(let causes)? = fields["error.causes"] else { return [] }
    return causes.compactMap { cause in
      guard case .object(let members) = cause, let type = members["type"]?.text else { return nil }
      return TraceView.Cause(
        text: members["message"]?.text.map { "\(type): \($0)" } ?? type, stackTrace: members["stack_trace"]?.text)
    }
  }

  private static let reserved: Set<String> = [
    "timestamp", "level", "service", "trace_id", "span_id", "trace_flags", "event", "logger", "hb.request.id",
    "resource", "scope",
    "error.type", "error.message", "error.stack_trace", "error.causes", "error.spans", "error.handled",
    "error.fingerprint", "error.id",
    "error.same_as", "error.span_id", "error.rethrown_at", "error.stack_source", "error.throw_count",
    "error.breadcrumbs", "in_flight",
  ]
}

extension RunDirectory {
  /// The records of a trace from all services by time, as `grep TRACE_ID *.log | sort` prints them.
  func records(ofTrace traceID: String) throws -> [LogRecord] {
    try records().filter { $0.traceID == traceID }
  }

  /// The records of all services by time.
  func records() throws -> [LogRecord] {
    var records: [LogRecord] = []
    for role in ServiceRole.allCases {
      guard let data = FileManager.default.contents(atPath: log(of: role.rawValue)) else { continue }
      // The text after the last line end is still being written.
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
          details: record.details, spanID: record.spanID, stackTrace: record["error.stack_trace"],
          error: record.error, isHandled: record.fields["error.handled"] == .bool(true), causes: record.causes)
      })
  }
}
