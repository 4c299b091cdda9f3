// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// The mapping of a record to a Zipkin span. It follows "OpenTelemetry to Zipkin Transformation" where that has a rule
/// (kinds, status, attributes, events, remote endpoint, dropped counts), and has rules of its own where that says "TBD"
/// (links, resource) or nothing (interrupted, never ended and kept spans). `docs/ZIPKIN.md` describes the contract.
///
/// It writes through a ``ZipkinFormat``, so that JSON and proto3 have the same content.
struct ZipkinMapping<Format: ZipkinFormat> {
  let values: AttributeText

  func encode(_ record: SpanRecord, resource: PreparedResource, into buffer: inout EncodeBuffer) -> Bool {
    // A zero id gets 400 from one receiver and 500 from another, so it must never be sent.
    guard record.spanID != 0, record.traceIDLow | record.traceIDHigh != 0 else { return false }
    let summary = SpanSummary(record)
    let tags = ZipkinTags(record, summary)
    buffer.scratch.removeAll()

    let opened = Format.openSpan(&buffer.records)
    // A parent equal to the span itself would be a cycle. Zipkin's server drops it, and so does this.
    let parent = record.parentSpanID == record.spanID ? 0 : record.parentSpanID
    Format.ids(
      traceIDHigh: record.traceIDHigh, traceIDLow: record.traceIDLow, parent: parent, span: record.spanID,
      &buffer.records)
    if !record.kind.isInternal { Format.kind(record.kind, &buffer.records) }
    if let name = summary.name, !name.valueUTF8.isEmpty { Format.name(name.valueUTF8, &buffer.records) }
    if record.startNanoseconds >= 1000 { Format.timestamp(record.startNanoseconds / 1000, &buffer.records) }
    if record.durationNanoseconds > 0 {
      // "Durations of less than one are rounded up" (zipkin2-api.yaml): the server does not, so the sender must.
      Format.duration(max(record.durationNanoseconds / 1000, 1), &buffer.records)
    }
    buffer.records.append(resource.encoded)
    if !record.kind.isInternal { writeRemoteEndpoint(summary, &buffer.records) }
    writeAnnotations(record, summary, &buffer)
    writeTags(record, resource, summary, tags, &buffer)
    if record.flags.has(.debug) { Format.debug(&buffer.records) }
    if record.flags.has(.shared), !record.kind.isClient { Format.shared(&buffer.records) }
    Format.closeSpan(opened, &buffer.records)
    return true
  }

  private func writeRemoteEndpoint(_ summary: SpanSummary, _ output: inout GrowingBytes) {
    let remote = summary.peer.endpoint
    if !remote.isEmpty { Format.remoteEndpoint(remote, &output) }
  }

  /// The annotation of a span that is reported before it has ended.
  static var stillOpen: StaticString { "spoor.open" }

  private func writeAnnotations(_ record: SpanRecord, _ summary: SpanSummary, _ buffer: inout EncodeBuffer) {
    var count = 0
    let isOver = record.flags.has(.interrupted) || record.flags.has(.neverEnded)
    let isPartial = record.durationNanoseconds == 0 && !isOver
    if isPartial, record.startNanoseconds >= 1000 {
      Format.annotation(
        count, microseconds: record.startNanoseconds / 1000, value: Text(Self.stillOpen), &buffer.records)
      count += 1
    }
    if summary.events > 0 {
      var latest: UInt64 = 0
      for (position, event) in record.fields.lazy.filter({ $0.isEvent }).enumerated() {
        let microseconds = event.word(0) / 1000
        // "annotations: uniqueItems" (zipkin2-api.yaml). Only an event that is not later than all before it can be a
        // duplicate.
        if microseconds <= latest, Self.hasEqual(event, before: position, record) { continue }
        latest = max(latest, microseconds)
        // Required by Zipkin: without a time an event is not an annotation.
        guard microseconds > 0, !event.keyUTF8.isEmpty else { continue }
        buffer.scratch.removeAll()
        let value = annotationText(event, &buffer.scratch)
        Format.annotation(count, microseconds: microseconds, value: value, &buffer.records)
        count += 1
      }
    }
    if count > 0 { Format.closeAnnotations(&buffer.records) }
  }

  /// Whether one of the first `position` events has the same text and microsecond.
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
