// SPDX-License-Identifier: Apache-2.0

public import SpoorLogs
public import SpoorTerminal

/// The readable form of a record: time, level, service, event, fields; below them the error and its frames.
public enum ReadableLine {
  /// The lines of a record, without control sequences for a terminal.
  public static func lines(_ record: LogRecord, style: TerminalStyle, isLocal: Bool = false) -> [String] {
    let level = record.level ?? ""
    var parts = [
      record.time.map { RecordTime.text($0, isLocal: isLocal) } ?? PlainText.of(record.text("timestamp") ?? "")
    ]
    parts.append(style.level(PlainText.of(level).padded(to: 7), level: level))
    if let service = record.service { parts.append(style.service(PlainText.of(service), name: service)) }
    parts.append(style.bold(PlainText.of(record.event ?? "")))
    parts += record.details.map { fieldText($0) }
    if let trace = record.traceID { parts.append(style.dim("trace_id=" + PlainText.of(trace))) }
    var lines = [parts.joined(separator: " ")]
    guard let failure = record.failure else { return lines }
    lines.append("  " + style.error(PlainText.of(failure.text)) + (failure.isHandled ? "   (handled)" : ""))
    lines += StackLines.of(failure.stack ?? "").map { "    " + $0 }
    for cause in failure.causes {
      lines.append("  caused by " + PlainText.of(cause.text))
      lines += StackLines.of(cause.stack ?? "").map { "    " + $0 }
    }
    return lines
  }

  private static func fieldText(_ member: JSONValue.Member) -> String {
    let value = PlainText.of(member.value.text)
    return "\(PlainText.of(member.key))=" + (value.contains(" ") || value.isEmpty ? "\"\(value)\"" : value)
  }
}
