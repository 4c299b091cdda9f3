// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase
internal import SpoorJournal
internal import SpoorTracing

/// The head of every record under the names of a ``LogPreset`` other than Spoor's own. It is a class, so that checking
/// for it costs nothing if there is none.
final class PresetHead: Sendable {
  private let preset: LogPreset
  /// The constant fields, such as `,"service.name":"…"`.
  private let service: [UInt8]
  /// The prefix of the trace id: `projects/…/traces/`.
  private let tracePrefix: [UInt8]
  private let timestampDigits: Int

  /// `nil` for Spoor's own names.
  init?(_ settings: LogSettings) {
    guard settings.preset != .spoor else { return nil }
    preset = settings.preset
    timestampDigits = settings.timestampDigits
    var service = GrowingBytes()
    func append(_ key: StaticString, _ value: String?) {
      guard let value else { return }
      service.append(key)
      service.appendQuoted(value)
    }
    switch preset {
    case .spoor: break
    case .ecs:
      service.append(",\"ecs.version\":\"8.11.0\"" as StaticString)
      append(",\"service.name\":", settings.service)
      append(",\"service.version\":", settings.serviceVersion)
    case .googleCloud:
      append(",\"serviceContext\":{\"service\":", settings.service)
      append(",\"version\":", settings.serviceVersion)
      service.append(UInt8(ascii: "}"))
    case .datadog:
      append(",\"service\":", settings.service)
      append(",\"dd.service\":", settings.service)
      append(",\"dd.version\":", settings.serviceVersion)
    }
    self.service = service.array()
    var prefix = GrowingBytes()
    if let project = settings.googleCloudProject {
      Text.with("projects/\(project)/traces/") { prefix.appendEscaped($0) }
    }
    tracePrefix = prefix.array()
  }

  /// The names of the preset: a caller's field with such a name is renamed.
  static func names(of preset: LogPreset) -> [String] {
    switch preset {
    case .spoor: []
    case .ecs:
      [
        "@timestamp", "log.level", "message", "ecs.version", "service.name", "service.version", "trace.id", "span.id",
        "log.logger",
      ]
    case .googleCloud:
      [
        "time", "severity", "message", "logging.googleapis.com/trace", "logging.googleapis.com/spanId",
        "logging.googleapis.com/trace_sampled", "serviceContext", "stack_trace",
      ]
    case .datadog:
      [
        "status", "message", "dd.trace_id", "dd.span_id", "dd.service", "dd.version", "logger.name", "error.kind",
        "error.stack",
      ]
    }
  }

  /// From the opening brace up to the message.
  func begin(
    _ time: UInt64, _ level: Logger.Level, to output: inout GrowingBytes, timestamp: inout LogTimestamp
  ) {
    let (timeKey, levelKey): (StaticString, StaticString) =
      switch preset {
      case .spoor: ("{\"timestamp\":\"", "\",\"level\":\"")
      case .ecs: ("{\"@timestamp\":\"", "\",\"log.level\":\"")
      case .googleCloud: ("{\"time\":\"", "\",\"severity\":\"")
      case .datadog: ("{\"timestamp\":\"", "\",\"status\":\"")
      }
    output.append(timeKey)
    timestamp.append(time, digits: timestampDigits, to: &output)
    output.append(levelKey)
    output.append(preset == .googleCloud ? level.severity : level.jsonName)
    output.append("\",\"message\":" as StaticString)
  }

  /// From the message up to the caller's fields.
  func end(_ trace: LogTrace?, _ logger: String, to output: inout GrowingBytes) {
    unsafe service.withUnsafeBytes { unsafe output.append($0) }
    if let trace { append(trace, to: &output) }
    switch preset {
    case .ecs: output.append(",\"log.logger\":" as StaticString)
    case .datadog: output.append(",\"logger.name\":" as StaticString)
    case .spoor, .googleCloud: output.append(",\"logger\":" as StaticString)
    }
    output.appendQuoted(logger)
  }

  private func append(_ trace: LogTrace, to output: inout GrowingBytes) {
    switch preset {
    case .spoor: break
    case .ecs:
      output.append(",\"trace.id\":\"" as StaticString)
      if trace.traceIDHigh != 0 { output.appendHex(trace.traceIDHigh) }
      output.appendHex(trace.traceIDLow)
      output.append("\",\"span.id\":\"" as StaticString)
      output.appendHex(trace.spanID)
      output.append(UInt8(ascii: "\""))
    case .googleCloud:
      output.append(",\"logging.googleapis.com/trace\":\"" as StaticString)
      unsafe tracePrefix.withUnsafeBytes { unsafe output.append($0) }
      // This preset's trace ids always have 32 digits.
      output.appendHex(trace.traceIDHigh)
      output.appendHex(trace.traceIDLow)
      output.append("\",\"logging.googleapis.com/spanId\":\"" as StaticString)
      output.appendHex(trace.spanID)
      output.append("\",\"logging.googleapis.com/trace_sampled\":" as StaticString)
      output.append(trace.isSampled ? "true" as StaticString : "false")
    case .datadog:
      output.append(",\"dd.trace_id\":\"" as StaticString)
      if trace.traceIDHigh != 0 {
        output.appendHex(trace.traceIDHigh)
        output.appendHex(trace.traceIDLow)
      } else {
        output.appendDecimal(trace.traceIDLow)
      }
      output.append("\",\"dd.span_id\":\"" as StaticString)
      output.appendDecimal(trace.spanID)
      output.append(UInt8(ascii: "\""))
    }
  }
}

/// The names of an error's type, message and stack, each with the comma before and the colon after it.
struct ErrorKeys: Sendable {
  let type: StaticString
  let message: StaticString
  let stack: StaticString

  init(_ settings: LogSettings) {
    switch (settings.preset, settings.errorNames) {
    case (.datadog, _): (type, message) = (",\"error.kind\":", ",\"error.message\":")
    case (_, .otel): (type, message) = (",\"exception.type\":", ",\"exception.message\":")
    case (_, .ecs): (type, message) = (",\"error.type\":", ",\"error.message\":")
    }
    stack =
      switch (settings.preset, settings.errorNames) {
      case (.datadog, _): ",\"error.stack\":"
      case (.googleCloud, _): ",\"stack_trace\":"
      case (_, .otel): ",\"exception.stacktrace\":"
      case (_, .ecs): ",\"error.stack_trace\":"
      }
  }
}

extension Logger.Level {
  /// The severity names of Google Cloud Logging.
  fileprivate var severity: StaticString {
    switch self {
    case .trace, .debug: "DEBUG"
    case .info: "INFO"
    case .notice: "NOTICE"
    case .warning: "WARNING"
    case .error: "ERROR"
    case .critical: "CRITICAL"
    }
  }
}
