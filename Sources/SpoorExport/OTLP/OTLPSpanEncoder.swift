// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// The encoder of spans as OTLP: an `ExportTraceServiceRequest` for `POST /v1/traces`, with each span's own fields as
/// they were recorded, and their types.
///
/// OTLP has no field for how Spoor came to keep a span, or for a span without an end. Those are the attributes
/// `spoor.kept`, `spoor.interrupted` and `spoor.origin`, and the status of a span without an end is an error. The
/// journal does not store the trace state of a span, so `trace_state` stays empty.
struct OTLPSpanEncoder<Format: OTLPFormat>: SpanEncoder, OTLPBody {
  static var signal: OTLPSignal { .spans }

  let formatStack: StackFormatter

  var reportsOpenSpans: Bool { false }

  func prepare(_ resource: Resource) -> PreparedResource {
    Text.with(SpoorVersion.text) { Format.prepared(resource, scope: "spoor", version: $0) }
  }

  func encode(_ record: SpanRecord, resource: PreparedResource, into buffer: inout EncodeBuffer) -> Bool {
    // "spans that have all-zero ids are invalid" (trace.proto).
    guard record.spanID != 0, record.traceIDLow | record.traceIDHigh != 0 else { return false }
    let summary = SpanSummary(record)
    let opened = Format.openSpan(&buffer.records)
    // A parent equal to the span itself would be a cycle.
    let parent = record.parentSpanID == record.spanID ? 0 : record.parentSpanID
    Format.ids(record, parent: parent, &buffer.records)
    Format.name(summary.name?.valueUTF8 ?? "", &buffer.records)
    Format.kind(record.kind, &buffer.records)
    let end = record.startNanoseconds.addingReportingOverflow(record.durationNanoseconds)
    Format.times(start: record.startNanoseconds, end: end.overflow ? .max : end.partialValue, &buffer.records)
    writeAttributes(record, summary, &buffer.records)
    Format.dropped(record.droppedAttributes, of: .span, &buffer.records)
    if summary.events > 0 { writeEvents(record, &buffer.records) }
    Format.dropped(record.droppedEvents, of: .events, &buffer.records)
    if summary.links > 0 { writeLinks(record, &buffer.records) }
    Format.dropped(record.droppedLinks, of: .links, &buffer.records)
    writeStatus(record, summary, &buffer.records)
    // The sampled flag of W3C, and whether the parent is remote (SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE and its bit).
    Format.spanFlags(record.flags.has(.remoteParent) ? 0x301 : 0x101, &buffer.records)
    Format.closeSpan(opened, &buffer.records)
    return true
  }

  private func writeAttributes(_ record: SpanRecord, _ summary: SpanSummary, _ output: inout GrowingBytes) {
    let isInterrupted = record.flags.has(.interrupted)
    let hasNoEnd = isInterrupted || record.flags.has(.neverEnded)
    let origin = hasNoEnd ? summary.origin?.valueUTF8 : nil
    let kept: Text? =
      switch record.kept {
      case .headDecision: nil
      case .error: "error"
      case .slow: "slow"
      }
    var count = 0
    if summary.attributes > 0 {
      var position = -1
      for field in record.fields where field.isAttribute {
        position += 1
        let key = field.keyUTF8
        if summary.keys.mayRepeat(key), record.fields.supersede(field, at: position) { continue }
        if key.hasPrefix("spoor."),
          key == "spoor.kept" && kept != nil || key == "spoor.interrupted" && isInterrupted
            || key == "spoor.origin" && origin != nil
        {
          continue
        }
        write(field, count, .span, &output)
        count += 1
      }
    }
    if let kept {
      Format.attribute(count, of: .span, "spoor.kept", kept, &output)
      count += 1
    }
    if isInterrupted {
      let opened = Format.openAttribute(count, of: .span, key: "spoor.interrupted", &output)
      Format.bool(true, &output)
      Format.closeAttribute(opened, &output)
      count += 1
    }
    if let origin {
      Format.attribute(count, of: .span, "spoor.origin", origin, &output)
      count += 1
    }
    Format.closeAttributes(count, of: .span, &output)
  }

  private func write(_ field: RecordField, _ index: Int, _ list: OTLPList, _ output: inout GrowingBytes) {
    let opened = Format.openAttribute(index, of: list, key: field.keyUTF8, &output)
    Format.value(field, stackText: { $0.stackText(formatStack) }, &output)
    Format.closeAttribute(opened, &output)
  }

  private func writeNested(_ fields: RecordFields, _ list: OTLPList, _ output: inout GrowingBytes) {
    var count = 0
    for (position, field) in fields.enumerated() where field.isAttribute {
      if fields.supersede(field, at: position) { continue }
      write(field, count, list, &output)
      count += 1
    }
    Format.closeAttributes(count, of: list, &output)
  }

  private func writeEvents(_ record: SpanRecord, _ output: inout GrowingBytes) {
    var count = 0
    for event in record.fields where event.isEvent {
      let opened = Format.openEvent(count, time: event.word(0), name: event.keyUTF8, &output)
      writeNested(event.nestedFields(after: 8), .event, &output)
      Format.closeEvent(opened, &output)
      count += 1
    }
    Format.closeAttributes(count, of: .events, &output)
  }

  private func writeLinks(_ record: SpanRecord, _ output: inout GrowingBytes) {
    var count = 0
    for link in record.fields where link.isLink {
      let opened = Format.openLink(count, link, &output)
      writeNested(link.nestedFields(after: 24), .link, &output)
      Format.closeLink(opened, &output)
      count += 1
    }
    Format.closeAttributes(count, of: .links, &output)
  }

  private func writeStatus(_ record: SpanRecord, _ summary: SpanSummary, _ output: inout GrowingBytes) {
    let message = summary.statusMessage
    let isInterrupted = record.flags.has(.interrupted)
    if isInterrupted || record.flags.has(.neverEnded) {
      let reason = isInterrupted ? Text(ZipkinTags.interrupted) : Text(ZipkinTags.neverEnded)
      let isFailed = summary.statusCode == .error && !message.isEmpty
      Format.status(.error, message: isFailed ? message : reason, &output)
    } else if summary.statusCode != .unset || !message.isEmpty {
      Format.status(summary.statusCode, message: message, &output)
    }
  }
}
