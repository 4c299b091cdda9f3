// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// What a span says beyond its times, as lines: attributes with their types, events, links, scope and resource. A span
/// of Zipkin's has tags and annotations, which are text.
struct SpanDetails {
  private let span: ZipkinSpan
  private let style: TerminalStyle
  /// The trace's start in microseconds since 1970, from which events are counted.
  private let start: Int64
  private let skew: Int64

  init(_ span: ZipkinSpan, style: TerminalStyle, start: Int64, skew: Int64) {
    (self.span, self.style, self.start, self.skew) = (span, style, start, skew)
  }

  var lines: [String] {
    guard let content = span.otlp, let otlp = content.span else {
      return span.tags.map { "\(key($0.key)) = \(quoted($0.value))" }
        + span.annotations.map { "\(time($0.timestamp)) \(PlainText.of($0.value))" }
    }
    var lines = attributes(otlp.attributes)
    for event in otlp.events {
      lines.append("\(time(Int64(event.time / 1000))) \(PlainText.of(event.name))")
      lines += attributes(event.attributes).map { "  " + $0 }
    }
    for link in otlp.links {
      guard let trace = link.traceID, let id = link.spanID else { continue }
      lines.append("link to \(trace)-\(id)")
      lines += attributes(link.attributes).map { "  " + $0 }
    }
    for (name, count) in [
      ("attributes", otlp.droppedAttributes), ("events", otlp.droppedEvents), ("links", otlp.droppedLinks),
    ] where count > 0 { lines.append("dropped \(name): \(count)") }
    if !otlp.traceState.isEmpty { lines.append("trace state: \(PlainText.of(otlp.traceState))") }
    let origin = content.origin
    let scope = [origin.scopeName, origin.scopeVersion].filter { !$0.isEmpty }.joined(separator: " ")
    if !scope.isEmpty { lines.append("scope: \(PlainText.of(scope))") }
    lines += attributes(origin.scopeAttributes).map { "  " + $0 }
    if !origin.resource.isEmpty {
      lines.append("resource:")
      lines += attributes(origin.resource).map { "  " + $0 }
    }
    return lines
  }

  private func attributes(_ attributes: [OTLPAttribute]) -> [String] {
    OTLPAttribute.unique(attributes).map { "\(key($0.key)) = \(text($0.value))" }
  }

  private func key(_ key: String) -> String { style.dim(PlainText.of(key)) }

  /// Text is quoted, so that "5" and 5 differ.
  private func text(_ value: OTLPValue) -> String {
    switch value {
    case .string(let text): quoted(text)
    case .bytes: "base64 \(value.text)"
    case .empty: "none"
    default: PlainText.of(value.text)
    }
  }

  private func quoted(_ text: String) -> String {
    var writer = JSONWriter()
    writer.string(text)
    return PlainText.of(String(decoding: writer.bytes, as: UTF8.self))
  }

  private func time(_ microseconds: Int64) -> String {
    "+\(Durations.text(microseconds.addingClamped(skew).subtractingClamped(start)))"
  }
}
