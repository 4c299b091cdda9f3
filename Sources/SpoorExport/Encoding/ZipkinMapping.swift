import SpoorBytes
import SpoorJournal

/// What a record is as a Zipkin span: OpenTelemetry's "OpenTelemetry to Zipkin Transformation" where it says something
/// (kinds, status, attributes, events, remote endpoint, dropped counts), and Spoor's own where it says "TBD" (links,
/// resource) or nothing (interrupted, never ended and kept spans). `ZIPKIN.md` of the project's notes holds the contract.
///
/// Written against a ``ZipkinFormat``, so that JSON and proto3 cannot differ in what they say.
struct ZipkinMapping<Format: ZipkinFormat> {
  let values: AttributeText

  func encode(_ record: SpanRecord, resource: PreparedResource, into buffer: inout EncodeBuffer) -> Bool {
    // Zero ids are 400 at one receiver and 500 at another: they must never be sent.
    guard record.spanID != 0, record.traceIDLow | record.traceIDHigh != 0 else { return false }
    let summary = SpanSummary(record)
    let tags = ZipkinTags(record, summary)
    buffer.scratch.removeAll()

    let opened = Format.openSpan(&buffer.spans)
    // A parent equal to the span itself would make a ring; Zipkin's server drops it, so do we.
    let parent = record.parentSpanID == record.spanID ? 0 : record.parentSpanID
    Format.ids(
      traceIDHigh: record.traceIDHigh, traceIDLow: record.traceIDLow, parent: parent, span: record.spanID,
      &buffer.spans)
    if !record.kind.isInternal { Format.kind(record.kind, &buffer.spans) }
    if let name = summary.name, !name.valueUTF8.isEmpty { Format.name(name.valueUTF8, &buffer.spans) }
    if record.startNanoseconds >= 1000 { Format.timestamp(record.startNanoseconds / 1000, &buffer.spans) }
    if record.durationNanoseconds > 0 {
      // "Durations of less than one are rounded up" (zipkin2-api.yaml): the server does not do it.
      Format.duration(max(record.durationNanoseconds / 1000, 1), &buffer.spans)
    }
    buffer.spans.append(resource.localEndpoint)
    if !record.kind.isInternal { writeRemoteEndpoint(summary, &buffer.spans) }
    writeAnnotations(record, summary, &buffer)
    writeTags(record, resource, summary, tags, &buffer)
    if record.flags.has(.debug) { Format.debug(&buffer.spans) }
    if record.flags.has(.shared), !record.kind.isClient { Format.shared(&buffer.spans) }
    Format.closeSpan(opened, &buffer.spans)
    return true
  }

  private func writeRemoteEndpoint(_ summary: SpanSummary, _ output: inout GrowingBytes) {
    let remote = summary.peer.endpoint
    if !remote.isEmpty { Format.remoteEndpoint(remote, &output) }
  }

  /// What an annotation says of a span that is reported before it has ended.
  static var stillOpen: StaticString { "spoor.open" }

  private func writeAnnotations(_ record: SpanRecord, _ summary: SpanSummary, _ buffer: inout EncodeBuffer) {
    var count = 0
    let isOver = record.flags.has(.interrupted) || record.flags.has(.neverEnded)
    let isPartial = record.durationNanoseconds == 0 && !isOver
    if isPartial, record.startNanoseconds >= 1000 {
      Format.annotation(
        count, microseconds: record.startNanoseconds / 1000, value: Text(Self.stillOpen), &buffer.spans)
      count += 1
    }
    if summary.events > 0 {
      var latest: UInt64 = 0
      for (position, event) in record.fields.lazy.filter({ $0.isEvent }).enumerated() {
        let microseconds = event.word(0) / 1000
        // "annotations: uniqueItems" (zipkin2-api.yaml). Only one that is not later than all before it can be there.
        if microseconds <= latest, Self.hasEqual(event, before: position, record) { continue }
        latest = max(latest, microseconds)
        // Required by Zipkin: without a time an event is not an annotation.
        guard microseconds > 0, !event.keyUTF8.isEmpty else { continue }
        buffer.scratch.removeAll()
        let value = annotationText(event, &buffer.scratch)
        Format.annotation(count, microseconds: microseconds, value: value, &buffer.spans)
        count += 1
      }
    }
    if count > 0 { Format.closeAnnotations(&buffer.spans) }
  }

  /// Whether one of the first `position` events says the same at the same microsecond.
  private static func hasEqual(_ event: RecordField, before position: Int, _ record: SpanRecord) -> Bool {
    for (index, other) in record.fields.lazy.filter({ $0.isEvent }).enumerated() {
      guard index < position else { return false }
      if other.word(0) / 1000 == event.word(0) / 1000, other.keyUTF8 == event.keyUTF8,
        other.valueUTF8.dropFirst(8) == event.valueUTF8.dropFirst(8)
      {
        return true
      }
    }
    return false
  }

  /// The event's name, or `"name": {"key": value}` with its attributes.
  private func annotationText(_ event: RecordField, _ scratch: inout GrowingBytes) -> Text {
    let fields = event.nestedFields(after: 8)
    var count = 0
    for (position, field) in fields.enumerated() where field.isAttribute {
      if fields.supersede(field, at: position) { continue }
      if count == 0 {
        scratch.appendQuoted(event.keyUTF8)
        scratch.append(": {" as StaticString)
      } else {
        scratch.append(", " as StaticString)
      }
      scratch.appendQuoted(field.keyUTF8)
      scratch.append(": " as StaticString)
      values.appendJSON(field, &scratch)
      count += 1
    }
    guard count > 0 else { return event.keyUTF8 }
    scratch.append(UInt8(ascii: "}"))
    return scratch.text(from: 0)
  }
}
