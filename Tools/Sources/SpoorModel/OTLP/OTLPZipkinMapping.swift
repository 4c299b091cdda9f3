// SPDX-License-Identifier: Apache-2.0

/// The mapping of an OTLP span to Zipkin's fields, as the library's own Zipkin exporter does it
/// (`Sources/SpoorExport/Zipkin/ZipkinMapping.swift`), so that one operation is the same tree by whichever protocol it
/// came.
///
/// Kinds, status, events, links and dropped counts follow "OpenTelemetry to Zipkin Transformation"; the resource
/// becomes tags of local roots.
struct OTLPZipkinMapping {
  let span: OTLPSpan
  let origin: OTLPOrigin

  func zipkin(_ content: OTLPContent?) -> ZipkinSpan {
    let kind = Self.kind(span.kind)
    return ZipkinSpan(
      traceID: span.traceID, id: span.spanID, parentID: span.parentID, kind: kind, name: span.name,
      timestamp: Int64(span.start / 1000), duration: duration,
      localEndpoint: ZipkinEndpoint(serviceName: origin.serviceName),
      remoteEndpoint: kind.flatMap { OTLPPeer(span.attributes, kind: $0).endpoint }, annotations: annotations,
      tags: tags, otlp: content)
  }

  private static func kind(_ number: UInt64) -> ZipkinSpan.Kind? {
    switch number {
    case 2: .server
    case 3: .client
    case 4: .producer
    case 5: .consumer
    default: nil
    }
  }

  /// Microseconds; less than one are one. `nil` for a span that has not ended.
  private var duration: Int64? {
    guard span.end > 0, span.end >= span.start, span.start > 0 else { return nil }
    if span.end == span.start, missingEnd != nil { return nil }
    return max(1, Int64((span.end - span.start) / 1000))
  }

  private var annotations: [ZipkinAnnotation] {
    span.events.compactMap { event in
      event.name.isEmpty || event.time < 1000
        ? nil : ZipkinAnnotation(timestamp: Int64(event.time / 1000), value: Self.text(event))
    }
  }

  /// The event's name, or `"name": {"key": value}` with its attributes.
  private static func text(_ event: OTLPSpan.Event) -> String {
    guard !event.attributes.isEmpty else { return event.name }
    var text = quoted(event.name) + ": {"
    for (index, attribute) in event.attributes.enumerated() {
      if index > 0 { text += ", " }
      var value = JSONWriter()
      attribute.value.write(to: &value)
      text += quoted(attribute.key) + ": " + String(decoding: value.bytes, as: UTF8.self)
    }
    return text + "}"
  }

  private static func quoted(_ text: String) -> String {
    var writer = JSONWriter()
    writer.string(text)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  // MARK: Tags

  /// The attributes, then the tags that the mapping adds, which replace attributes of the same key.
  private var tags: [ZipkinTag] {
    var tags: [ZipkinTag] = []
    tags.reserveCapacity(span.attributes.count + 4)
    let error = errorText
    // The library gives a span without an end a failed status of its own.
    let hasStatus = span.status != .unset && (missingEnd == nil || span.statusMessage != missingEnd)
    let description = missingEnd != nil && hasStatus && !span.statusMessage.isEmpty ? span.statusMessage : nil
    func reserves(_ key: String) -> Bool {
      // Most keys are recognised by their first letter.
      guard let first = key.utf8.first,
        first == UInt8(ascii: "e") || first == UInt8(ascii: "o") || first == UInt8(ascii: "l")
      else { return false }
      return key == "error" && error != nil || key == "otel.status_code" && hasStatus
        || key.hasPrefix("otel.dropped_") && key.hasSuffix("s_count") || !span.links.isEmpty && key.hasPrefix("link.")
    }
    for attribute in span.attributes {
      if reserves(attribute.key) || attribute.key == "error" && Self.isFalse(attribute.value) { continue }
      tags.append(ZipkinTag(key: attribute.key, value: attribute.value.text))
    }
    if let error { tags.append(ZipkinTag(key: "error", value: error)) }
    if hasStatus { tags.append(ZipkinTag(key: "otel.status_code", value: span.status == .ok ? "OK" : "ERROR")) }
    if let description { tags.append(ZipkinTag(key: "otel.status_description", value: description)) }
    var number = 0
    for link in span.links {
      guard let trace = link.traceID, let id = link.spanID else { continue }
      tags.append(ZipkinTag(key: "link.\(number)", value: "\(trace)-\(id)"))
      for attribute in link.attributes {
        tags.append(ZipkinTag(key: "link.\(number).\(attribute.key)", value: attribute.value.text))
      }
      number += 1
    }
    for (key, count) in [
      ("otel.dropped_attributes_count", span.droppedAttributes), ("otel.dropped_events_count", span.droppedEvents),
      ("otel.dropped_links_count", span.droppedLinks),
    ] where count > 0 { tags.append(ZipkinTag(key: key, value: String(count))) }
    if span.isLocalRoot, !origin.tags.isEmpty {
      let own = Set(span.attributes.map(\.key))
      for tag in origin.tags where !own.contains(tag.key) && !reserves(tag.key) { tags.append(tag) }
    }
    return tags
  }

  /// The value of the tag `error`: the status's message, else the last recorded exception; `nil` if the span did not
  /// fail or an attribute describes the failure.
  private var errorText: String? {
    guard span.status == .error else { return nil }
    if let missingEnd { return missingEnd }
    if !span.statusMessage.isEmpty { return span.statusMessage }
    let named = span.attributes.last { $0.key == "error" }
    if let named, !Self.isFalse(named.value), !named.value.text.isEmpty { return nil }
    guard let event = span.events.last(where: { $0.name == "exception" }) else { return "" }
    func text(_ key: String) -> String { event.attributes.first { $0.key == key }?.value.text ?? "" }
    let message = text("exception.message")
    return message.isEmpty ? text("exception.type") : message
  }

  /// Why a span of the library has no end of its own; `nil` for all others.
  private var missingEnd: String? {
    var hasOrigin = false
    for attribute in span.attributes where attribute.key.utf8.first == UInt8(ascii: "s") {
      if attribute.key == "spoor.interrupted", attribute.value == .bool(true) { return Self.interrupted }
      if attribute.key == "spoor.origin" { hasOrigin = true }
    }
    return hasOrigin ? Self.neverEnded : nil
  }

  private static let interrupted = "interrupted: the process ended"
  private static let neverEnded = "never ended"

  private static func isFalse(_ value: OTLPValue) -> Bool { value == .bool(false) || value == .string("false") }
}
