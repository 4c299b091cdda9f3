// SPDX-License-Identifier: Apache-2.0

internal import SpoorModel

/// A span's tags in one line and its first events, without what every span of an HTTP server or of a process has.
struct SpanSummary {
  private static let maximumEvents = 8
  private static let columns = 160

  let span: ZipkinSpan
  let style: TerminalStyle

  init(_ span: ZipkinSpan, style: TerminalStyle) { (self.span, self.style) = (span, style) }

  var lines: [String] {
    var lines: [String] = []
    let tags = span.tags.filter { isShown($0) }.map { tag in
      let value = PlainText.of(TextWidth.cut(tag.value, to: 80))
      return "\(PlainText.of(tag.key))=" + (value.contains(" ") || value.isEmpty ? "\"\(value)\"" : value)
    }
    if !tags.isEmpty { lines.append(style.dim(TextWidth.cut(tags.joined(separator: " "), to: Self.columns))) }
    // The exception is shown as the span's error.
    let events = span.annotations.filter { $0.value != "exception" && !$0.value.hasPrefix("\"exception\":") }
    lines += events.prefix(Self.maximumEvents).map { event in
      let offset = span.timestamp.map { "+\(Durations.text(max(0, event.timestamp.subtractingClamped($0)))) " } ?? ""
      return style.dim(TextWidth.cut(offset + PlainText.of(Self.readable(event.value)), to: Self.columns))
    }
    let rest = events.count - Self.maximumEvents
    if rest > 0 { lines.append(style.dim("… \(TraceView.count(rest, "more event")) (--details)")) }
    return lines
  }

  private func isShown(_ tag: ZipkinTag) -> Bool {
    if Self.hidden.contains(tag.key) { return false }
    // The route is mostly the span's name, and a status says something only of a failure.
    let isStatus = tag.key == "http.response.status_code" || tag.key == "http.status_code"
    if tag.key == "http.route" || isStatus && !span.isError && tag.value < "400" { return false }
    return !Self.hiddenPrefixes.contains { tag.key.hasPrefix($0) }
  }

  /// Tags that are shown elsewhere, or that say little about what a request did.
  private static let hidden: Set<String> = [
    "error", "error.type", "error.message", "error.stack_trace", "error.stack_source", "error.causes", "error.spans",
    "error.id", "error.fingerprint", "error.handled", "error.throw_count", "error.rethrown_at", "http.request.method",
    "http.method",
    "http.path", "http.url", "http.target", "http.scheme", "http.host", "http.flavor", "http.user_agent",
    "http.client_ip", "peer.service", "db.system", "db.system.name", "lc", "component", "span.kind", "messaging.system",
  ]
  private static let hiddenPrefixes = [
    "exception.", "url.", "server.", "client.", "network.", "net.", "user_agent.", "otel.", "telemetry.", "process.",
    "service.", "host.", "deployment.", "thread.", "spoor.", "http.request.", "http.response.body",
    "http.response.size",
    "http.server.", "k8s.", "container.",
  ]

  /// An event's name and attributes without the JSON around them: `"name": {"k": "v", "n": 1}` becomes `name k=v n=1`.
  private static func readable(_ value: String) -> String {
    guard value.first == "\"", let end = value.firstRange(of: "\": {"), value.last == "}",
      let object = JSONObjectText(Array(value[value.index(before: end.upperBound)...].utf8))
    else { return value }
    let name = value[value.index(after: value.startIndex)..<end.lowerBound]
    let fields = object.fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return ([String(name)] + fields).joined(separator: " ")
  }
}
