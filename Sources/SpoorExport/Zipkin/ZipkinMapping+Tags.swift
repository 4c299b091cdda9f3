// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

extension ZipkinMapping {
  /// Writes the span's attributes in stored order, then the tags that are added.
  func writeTags(
    _ record: SpanRecord, _ resource: PreparedResource, _ summary: SpanSummary, _ tags: ZipkinTags,
    _ buffer: inout EncodeBuffer
  ) {
    var count = 0
    if summary.attributes > 0 {
      var position = -1
      for field in record.fields where field.isAttribute {
        position += 1
        let key = field.keyUTF8
        if tags.replaces(field, key: key) { continue }
        if summary.keys.mayRepeat(key), record.fields.supersede(field, at: position) { continue }
        buffer.scratch.removeAll()
        Format.tag(count, key: key, value: values.text(field, &buffer.scratch), &buffer.records)
        count += 1
      }
    }
    writeStatus(tags, &count, &buffer.records)
    if tags.hasLinks { writeLinks(record, &count, &buffer) }
    writeDropped(record, &count, &buffer)
    if record.flags.has(.localRoot) { writeResource(resource, record, summary, tags, &count, &buffer.records) }
    if count > 0 { Format.closeTags(&buffer.records) }
  }

  private func writeStatus(_ tags: ZipkinTags, _ count: inout Int, _ output: inout GrowingBytes) {
    func write(_ key: StaticString, _ value: Text?) {
      guard let value else { return }
      Format.tag(count, key: Text(key), value: value, &output)
      count += 1
    }
    write("error", tags.error)
    write("otel.status_code", tags.statusCode.map { Text($0) })
    write("otel.status_description", tags.statusDescription)
    write("spoor.kept", tags.kept.map { Text($0) })
    write("spoor.interrupted", tags.isInterrupted ? "true" : nil)
    write("spoor.origin", tags.origin)
  }

  /// Writes links as tags, because Zipkin has none: `link.N` = `TRACEID-SPANID`, its attributes as `link.N.KEY`.
  private func writeLinks(_ record: SpanRecord, _ count: inout Int, _ buffer: inout EncodeBuffer) {
    var number: UInt64 = 0
    for link in record.fields where link.isLink {
      buffer.scratch.removeAll()
      buffer.scratch.append("link." as StaticString)
      buffer.scratch.appendDecimal(number)
      number += 1
      let keyLength = buffer.scratch.count
      if link.word(0) != 0 { buffer.scratch.appendHex(link.word(0)) }
      buffer.scratch.appendHex(link.word(1))
      buffer.scratch.append(UInt8(ascii: "-"))
      buffer.scratch.appendHex(link.word(2))
      let text = buffer.scratch.text(from: 0)
      Format.tag(
        count, key: text.dropLast(text.count - keyLength), value: text.dropFirst(keyLength), &buffer.records)
      count += 1

      let fields = link.nestedFields(after: 24)
      for (position, field) in fields.enumerated() where field.isAttribute {
        if fields.supersede(field, at: position) { continue }
        buffer.scratch.truncate(to: keyLength)
        buffer.scratch.append(UInt8(ascii: "."))
        unsafe buffer.scratch.append(field.key)
        let valueStart = buffer.scratch.count
        // A value that is built is stored after the key, so that both keep their addresses.
        let value = values.text(field, &buffer.scratch)
        let isBehind = buffer.scratch.count > valueStart
        let text = buffer.scratch.text(from: 0)
        Format.tag(
          count, key: text.dropLast(text.count - valueStart), value: isBehind ? text.dropFirst(valueStart) : value,
          &buffer.records)
        count += 1
      }
    }
  }

  private func writeDropped(_ record: SpanRecord, _ count: inout Int, _ buffer: inout EncodeBuffer) {
    func write(_ key: StaticString, _ number: Int, _ buffer: inout EncodeBuffer) {
      guard number > 0 else { return }
      buffer.scratch.removeAll()
      buffer.scratch.appendDecimal(UInt64(number))
      Format.tag(count, key: Text(key), value: buffer.scratch.text(from: 0), &buffer.records)
      count += 1
    }
    write("otel.dropped_attributes_count", record.droppedAttributes, &buffer)
    write("otel.dropped_events_count", record.droppedEvents, &buffer)
    write("otel.dropped_links_count", record.droppedLinks, &buffer)
  }

  /// Writes the resource's tags whose keys the span does not have.
  private func writeResource(
    _ resource: PreparedResource, _ record: SpanRecord, _ summary: SpanSummary, _ tags: ZipkinTags, _ count: inout Int,
    _ output: inout GrowingBytes
  ) {
    for tag in resource.tags {
      Text.with(tag.key) { key in
        if tags.reserves(key) { return }
        if summary.keys.mayContain(key), Self.hasAttribute(key, record) { return }
        Text.with(tag.value) { Format.tag(count, key: key, value: $0, &output) }
        count += 1
      }
    }
  }

  private static func hasAttribute(_ key: Text, _ record: SpanRecord) -> Bool {
    record.fields.contains { $0.isAttribute && $0.keyUTF8 == key }
  }
}
