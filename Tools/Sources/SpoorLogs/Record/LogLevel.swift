// SPDX-License-Identifier: Apache-2.0

/// A severity level, to which the level names and numbers of all libraries are mapped.
public enum LogLevel: Int, Sendable, Hashable, Comparable, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  /// The names of a level in lower case, Spoor's own first.
  var names: [String] {
    switch self {
    case .trace: ["trace", "verbose", "finest", "finer", "silly"]
    case .debug: ["debug", "fine", "dbg", "config"]
    case .info: ["info", "information", "informational", "default", "inf", "http"]
    case .notice: ["notice", "success"]
    case .warning: ["warning", "warn", "wrn"]
    case .error: ["error", "err", "severe", "fail", "failure"]
    case .critical: ["critical", "fatal", "crit", "panic", "dpanic", "emergency", "emerg", "alert", "ftl"]
    }
  }

  /// Spoor's name of the level.
  public var name: String { names[0] }

  private static let byName = Dictionary(
    uniqueKeysWithValues: allCases.flatMap { level in level.names.map { ($0, level) } })

  /// Reads a name in any case. slog's names with an offset (`ERROR+4`) count as the name.
  public init?(name: String) {
    let base = name.lowercased().prefix { $0 != "+" && $0 != "-" }
    guard let level = Self.byName[base.trimmed] else { return nil }
    self = level
  }

  /// Reads a number by the field that holds it. Sources: pino and bunyan (10 to 60), logback's `level_value` (5 000 to
  /// 40 000), OpenTelemetry's `severityNumber` (1 to 24), syslog's `PRIORITY` (0 to 7), Python's `levelno` (10 to 50).
  init?(number: Int64, field: String) {
    switch field {
    case "severityNumber", "severity_number", "SeverityNumber":
      guard (1...24).contains(number) else { return nil }
      self = [.trace, .debug, .info, .warning, .error, .critical][Int(number - 1) / 4]
    case "PRIORITY":
      guard (0...7).contains(number) else { return nil }
      self = [.critical, .critical, .critical, .error, .warning, .notice, .info, .debug][Int(number)]
    case "level_value":
      self =
        number < 10_000
        ? .trace : number < 20_000 ? .debug : number < 30_000 ? .info : number < 40_000 ? .warning : .error
    case "levelno", "record.level.no":
      self =
        number < 10
        ? .trace
        : number < 20 ? .debug : number < 30 ? .info : number < 40 ? .warning : number < 50 ? .error : .critical
    default:
      guard (10...69).contains(number) else { return nil }
      self = [.trace, .debug, .info, .warning, .error, .critical][Int(number) / 10 - 1]
    }
  }

  /// Levels are ordered by severity.
  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

extension Substring {
  /// The text without spaces around it.
  var trimmed: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
