public import SpoorTerminal

/// A record as people read it: time, level, service, event, fields; below it the error and its frames.
public enum ReadableLine {
  /// The lines of a record, safe for a terminal whatever is in it.
  public static func lines(_ record: LogRecord, style: TerminalStyle) -> [String] {
    let level = record.level ?? ""
    var parts = [PlainText.of(record.text("timestamp", "@timestamp", "time") ?? "")]
    parts.append(style.level(PlainText.of(level).padded(to: 7), level: level))
    if let service = record.service { parts.append(style.service(PlainText.of(service), name: service)) }
    parts.append(style.bold(PlainText.of(record.event ?? "")))
    parts += record.details.map { fieldText($0) }
    if let trace = record.traceID { parts.append(style.dim("trace_id=" + PlainText.of(trace))) }
    var lines = [parts.joined(separator: " ")]
    if let type = record.text("error.type") {
      let message = record.text("error.message").map { ": \($0)" } ?? ""
      lines.append("  " + style.error(PlainText.of(type + message)))
    }
    for frame in (record.text("error.stack_trace") ?? "").split(separator: "\n") {
      lines.append("    at " + PlainText.of(String(frame)))
    }
    return lines
  }

  private static func fieldText(_ member: JSONValue.Member) -> String {
    let value = PlainText.of(member.value.text)
    return "\(PlainText.of(member.key))=" + (value.contains(" ") || value.isEmpty ? "\"\(value)\"" : value)
  }
}
