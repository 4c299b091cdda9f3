// SPDX-License-Identifier: Apache-2.0

import SpoorModel

extension LogLine {
  /// A record of OTLP in the form of the library's own records (`schemas/log-record.schema.json`), so that searches,
  /// the page and the terminal treat both alike.
  ///
  /// The event is the record's event name, else its text; `exception.*` become `error.*`; numbers, booleans and nested
  /// values keep their types. An attribute whose name clashes with a built-in field is written as `fields.NAME`.
  init(_ record: OTLPLogRecord, origin: OTLPOrigin) {
    var draft = Draft()
    let nanoseconds = record.time > 0 ? record.time : record.observedTime
    if nanoseconds > 0 { draft.add("timestamp", .string(Timestamp.text(nanoseconds))) }
    let level = Self.level(record)
    draft.add("level", level)
    draft.add("service", origin.serviceName)
    draft.add("trace_id", record.traceID?.description)
    draft.add("span_id", record.spanID?.description)
    if record.traceID != nil { draft.add("trace_flags", .string(record.flags & 1 == 1 ? "01" : "00")) }
    if !record.eventName.isEmpty { draft.add("event", record.eventName) }
    switch record.body {
    case .empty: break
    case .string(let text) where record.eventName.isEmpty: draft.add("event", text)
    case .string(record.eventName): break
    default: draft.add("body", record.body)
    }
    if !origin.scopeName.isEmpty { draft.add("logger", origin.scopeName) }
    let hasException = record.attributes.contains { Self.errorNames[$0.key] != nil }
    for attribute in record.attributes {
      let name = Self.errorNames[attribute.key] ?? attribute.key
      let isBuiltIn =
        Self.builtIn.contains(name) || hasException && name == attribute.key && Self.errorKeys.contains(name)
      draft.add(isBuiltIn ? "fields.\(name)" : name, attribute.value)
    }
    if !record.severityText.isEmpty, record.severityText.lowercased() != level {
      draft.add("severity_text", record.severityText)
    }
    if record.severity > 0, Self.severities[level ?? ""] != record.severity {
      draft.add("severity_number", .int(Int64(clamping: record.severity)))
    }
    if record.droppedAttributes > 0 { draft.add("dropped_attributes_count", .int(Int64(record.droppedAttributes))) }
    let resource = origin.resource.filter { $0.key != "service.name" }
    if !resource.isEmpty { draft.add("resource", .map(resource)) }
    var scope = origin.scopeAttributes
    if !origin.scopeVersion.isEmpty {
      scope.insert(OTLPAttribute(key: "version", value: .string(origin.scopeVersion)), at: 0)
    }
    if !scope.isEmpty { draft.add("scope", .map(scope)) }
    self.init(
      time: Int64(nanoseconds / 1000), traceID: record.traceID, json: draft.bytes, words: draft.words)
  }

  /// OTLP's names of an exception, and the library's own.
  private static let errorNames = [
    "exception.type": "error.type", "exception.message": "error.message",
    "exception.stacktrace": "error.stack_trace",
  ]
  private static let errorKeys = Set(errorNames.values)

  private static let builtIn: Set<String> = [
    "timestamp", "level", "service", "trace_id", "span_id", "trace_flags", "event", "body", "logger",
    "severity_text", "severity_number", "dropped_attributes_count", "resource", "scope",
  ]

  /// swift-log's levels and the numbers that the library sends for them.
  private static let severities: [String: UInt64] = [
    "trace": 1, "debug": 5, "info": 9, "notice": 10, "warning": 13, "error": 17, "critical": 18,
  ]

  /// swift-log's name of the severity; of a record without a number, its text if that is a level's name.
  private static func level(_ record: OTLPLogRecord) -> String? {
    switch record.severity {
    case 1...4: return "trace"
    case 5...8: return "debug"
    case 9: return "info"
    case 10...12: return "notice"
    case 13...16: return "warning"
    case 17: return "error"
    case 18...24: return "critical"
    default:
      let text = record.severityText.lowercased()
      switch text {
      case "warn": return "warning"
      case "fatal": return "critical"
      default: return severities[text] == nil ? nil : text
      }
    }
  }

  /// The members of the record.
  private struct Draft {
    private var writer = JSONWriter()
    private(set) var words: [String: String] = [:]

    /// The record as one JSON object.
    var bytes: [UInt8] { [UInt8(ascii: "{")] + writer.bytes + [UInt8(ascii: "}")] }

    mutating func add(_ key: String, _ text: String?) {
      if let text { add(key, .string(text)) }
    }

    mutating func add(_ key: String, _ value: OTLPValue) {
      writer.key(key)
      value.write(to: &writer)
      switch value {
      case .array, .map, .empty: break
      default: words[key] = value.text
      }
    }
  }
}
