// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// The encoder of OTLP's log records: turns JSON lines into an `ExportLogsServiceRequest` for `POST /v1/logs`.
///
/// | in the line | in the record |
/// |---|---|
/// | time | `time_unix_nano`, `observed_time_unix_nano` |
/// | level | `severity_text`, `severity_number` |
/// | event | `body`; also `event_name` if it is a name: letters, digits, `_`, `.` and `-` only |
/// | logger | the scope's name |
/// | ids, flags | `trace_id`, `span_id`, `flags` |
/// | an error's type, message and stack | `exception.type`, `exception.message`, `exception.stacktrace` |
/// | every other field | an attribute of the same name; numbers, booleans, lists and objects stay what they are |
///
/// The numbers of severity are: trace 1, debug 5, info 9, notice 10, warning 13, error 17, critical 18, and 21 for the
/// event `process_crashed`.
///
/// A whole number outside 64 bits becomes a text, so that no digit is lost. A line that is no JSON object becomes a
/// record with the line as its body.
struct OTLPLogEncoder<Format: OTLPFormat>: LogEncoder, OTLPBody {
  static var signal: OTLPSignal { .logs }

  let names: LogLineNames

  func prepare(_ resource: Resource, logger: String) -> PreparedResource {
    Text.with(logger) { Format.prepared(resource, scope: $0, version: "") }
  }

  func encode(
    _ line: UnsafeRawBufferPointer, now: UInt64, memory: inout LogLineMemory, into buffer: inout EncodeBuffer,
    logger: (Text) -> Void
  ) -> Range<Int> {
    let start = buffer.records.count
    memory.read(unsafe Text(line), names)
    logger(memory.logger)
    Self.write(memory, unsafe Text(line), now: now, &buffer)
    return start..<buffer.records.count
  }

  private static func write(_ found: LogLineMemory, _ line: Text, now: UInt64, _ buffer: inout EncodeBuffer) {
    let opened = Format.openLogRecord(&buffer.records)
    let time = found.time ?? now
    Format.time(time, &buffer.records)
    if found.isObject {
      let isText = found.event.count >= 2 && found.event[0] == UInt8(ascii: "\"")
      let event = isText ? found.event.dropFirst(1).dropLast(1) : ""
      Format.severity(number(found.level, event), text: found.level, &buffer.records)
      let body = Format.openBody(&buffer.records)
      if found.event.isEmpty {
        Format.text("", &buffer.records)
      } else {
        var reader = unsafe JSONPullReader(found.event.bytes)
        value(&reader, &buffer)
      }
      Format.closeBody(body, &buffer.records)
      var count = 0
      for field in found.fields {
        let attribute = key(field.key, count, .logRecord, &buffer)
        var reader = unsafe JSONPullReader(field.value.bytes)
        value(&reader, &buffer)
        Format.closeAttribute(attribute, &buffer.records)
        count += 1
      }
      Format.closeAttributes(count, of: .logRecord, &buffer.records)
      Format.logFlags(found.flags, &buffer.records)
      Format.logIDs(traceHigh: found.traceHigh, traceLow: found.traceLow, span: found.span, &buffer.records)
      Format.observedTime(time, &buffer.records)
      if isName(event) { Format.eventName(event, &buffer.records) }
    } else {
      let body = Format.openBody(&buffer.records)
      Format.text(line, &buffer.records)
      Format.closeBody(body, &buffer.records)
      Format.observedTime(time, &buffer.records)
    }
    Format.closeLogRecord(opened, &buffer.records)
  }

  /// A key of a line, which may have escape sequences.
  private static func key(
    _ raw: Text, _ index: Int, _ list: OTLPList, _ buffer: inout EncodeBuffer
  ) -> OTLPAttribute {
    guard unsafe raw.bytes.contains(UInt8(ascii: "\\")) else {
      return Format.openAttribute(index, of: list, key: raw, &buffer.records)
    }
    let start = buffer.scratch.count
    JSONPullReader.unescape(raw, into: &buffer.scratch)
    defer { buffer.scratch.truncate(to: start) }
    return Format.openAttribute(index, of: list, key: buffer.scratch.text(from: start), &buffer.records)
  }

  /// Writes the value that a reader is at.
  private static func value(_ reader: inout JSONPullReader, _ buffer: inout EncodeBuffer) {
    switch reader.peek {
    case .string:
      let raw = reader.rawString() ?? ""
      guard unsafe raw.bytes.contains(UInt8(ascii: "\\")) else { return Format.text(raw, &buffer.records) }
      let start = buffer.scratch.count
      JSONPullReader.unescape(raw, into: &buffer.scratch)
      Format.text(buffer.scratch.text(from: start), &buffer.records)
      buffer.scratch.truncate(to: start)
    case .number: number(reader.rawNumber() ?? "0", &buffer.records)
    case .bool: Format.bool(reader.bool() ?? false, &buffer.records)
    case .array:
      let opened = Format.openValues(isObject: false, &buffer.records)
      var index = 0
      _ = reader.forEachElement { reader in
        let element = Format.openElement(index, &buffer.records)
        value(&reader, &buffer)
        Format.closeElement(element, &buffer.records)
        index += 1
      }
      Format.closeValues(opened, &buffer.records)
    case .object:
      let opened = Format.openValues(isObject: true, &buffer.records)
      var index = 0
      _ = reader.forEachMember { name, reader in
        let pair = key(name, index, .pairs, &buffer)
        value(&reader, &buffer)
        Format.closeAttribute(pair, &buffer.records)
        index += 1
      }
      Format.closeValues(opened, &buffer.records)
    case .null:
      reader.null()
      Format.noValue(&buffer.records)
    case .nothing: reader.skip()
    }
  }

  private static func number(_ digits: Text, _ output: inout GrowingBytes) {
    if let integer = LogLineNumber.integer(digits) { return Format.integer(integer, &output) }
    let string = unsafe String(decoding: digits.bytes, as: UTF8.self)
    let isWhole = unsafe !digits.bytes.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    if !isWhole, let double = Double(string) { return Format.double(double, &output) }
    Format.text(digits, &output)
  }

  /// "SeverityNumber" of the log data model.
  private static func number(_ level: Text, _ event: Text) -> UInt8 {
    if event == "process_crashed" { return 21 }
    return switch level.count {
    case 4: level == "info" || level == "INFO" ? 9 : 0
    case 5:
      level == "debug" || level == "DEBUG"
        ? 5 : level == "error" || level == "ERROR" ? 17 : level == "trace" ? 1 : 0
    case 6: level == "notice" || level == "NOTICE" ? 10 : 0
    case 7: level == "warning" || level == "WARNING" ? 13 : 0
    case 8: level == "critical" || level == "CRITICAL" ? 18 : 0
    default: 0
    }
  }

  private static func isName(_ event: Text) -> Bool {
    guard !event.isEmpty, event.count <= 255 else { return false }
    return unsafe event.bytes.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): true
      default: false
      }
    }
  }
}
