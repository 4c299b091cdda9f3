// SPDX-License-Identifier: Apache-2.0

internal import SpoorGrep
internal import SpoorLogs
internal import SpoorModel
internal import SpoorSources
internal import SpoorTerminal

/// The forms of times, records, failures and traces that several tools answer with, and their shapes.
enum Rendering {
  /// RFC 3339 in UTC.
  static func time(_ microseconds: Int64?) -> JSON? { microseconds.map { .string(instant($0)) } }

  static func instant(_ microseconds: Int64) -> String { Durations.instant(microseconds).replacing(" ", with: "T") }

  /// The frames of a stack without those of the runtime, one on a line.
  static func stack(_ stack: String?) -> JSON? {
    guard let stack, !stack.isEmpty else { return nil }
    let lines = StackLines.of(stack, shown: 12).map { $0.split(separator: " ").joined(separator: " ") }
    return .evidence(lines.joined(separator: "\n"))
  }

  static let cause = Shape.object([
    .always("error", .evidence), .optional("stack", .evidence, "The stack of its throw."),
  ])
  static let field = Shape.object([.always("key", .evidence), .always("value", .evidence)])

  static func field(_ key: String, _ value: String) -> JSON { ["key": .evidence(key), "value": .evidence(value)] }

  // MARK: Records

  static let record = Shape.object([
    .optional("time", .string), .optional("level", .evidence), .optional("service", .evidence),
    .optional("event", .evidence), .optional("trace_id", .evidence), .optional("span_id", .evidence),
    .optional("error", .evidence, "Type: message."), .optional("handled", .boolean, "The program recovered from it."),
    .optional("stack", .evidence, "The stack of the throw, without frames of the runtime."),
    .optional("causes", .list(cause), "The errors that led to it, the nearest first."),
    .optional("breadcrumbs", .list(.evidence), "The events before the failure."),
    .optional("fields", .list(field)),
  ])

  /// - Parameter isBrief: leaves out the stacks and breadcrumbs.
  static func record(_ record: LogRecord, withTrace: Bool, isBrief: Bool = false) -> JSON {
    let failure = record.failure
    let causes = failure?.causes.map { cause in
      JSON.record(["error": .evidence(cause.text), "stack": isBrief ? nil : stack(cause.stack)])
    }
    let crumbs = isBrief ? [] : record.breadcrumbs.map { JSON.evidence($0) }
    let fields = record.ownDetails.map { field($0.key, $0.value.text) }
    return .record([
      "time": time(record.time), "level": record.level.map { .evidence($0) },
      "service": record.service.map { .evidence($0) }, "event": record.event.map { .evidence($0) },
      "trace_id": withTrace ? record.traceID.map { .evidence($0) } : nil,
      "span_id": record.spanID.map { .evidence($0) }, "error": failure.map { .evidence($0.text) },
      "handled": failure.map { .bool($0.isHandled) }, "stack": isBrief ? nil : stack(failure?.stack),
      "causes": causes.flatMap { $0.isEmpty ? nil : .array($0) }, "breadcrumbs": crumbs.isEmpty ? nil : .array(crumbs),
      "fields": fields.isEmpty ? nil : .array(fields),
    ])
  }

  // MARK: Failures

  static let failure = Shape.object([
    .always("service", .evidence), .always("event", .evidence), .always("error", .evidence),
    .always("handled", .boolean),
  ])

  static func failure(_ failure: FirstFailure?) -> JSON? {
    failure.map {
      [
        "service": .evidence($0.service), "event": .evidence($0.event), "error": .evidence($0.text),
        "handled": .bool($0.isHandled),
      ]
    }
  }

  // MARK: Traces

  static let summary = Shape.object([
    .always("trace_id", .evidence), .always("name", .evidence), .optional("start", .string),
    .always("duration_us", .integer), .always("services", .list(.evidence)), .always("spans", .integer),
    .always("failures", .integer),
  ])

  static func summary(_ trace: TraceSummary) -> JSON {
    .record([
      "trace_id": .evidence(trace.id), "name": .evidence(trace.name),
      "start": [0, .max].contains(trace.start) ? nil : time(trace.start), "duration_us": .int(trace.duration),
      "services": .array(trace.services.sorted().map { .evidence($0) }), "spans": .whole(trace.spans),
      "failures": .whole(trace.failures),
    ])
  }

  static func span(_ span: ZipkinSpan?) -> (service: JSON?, name: JSON?) {
    (span?.serviceName.map { .evidence($0) }, span?.name.map { .evidence($0) })
  }
}
