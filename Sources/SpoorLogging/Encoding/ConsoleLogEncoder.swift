// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase
internal import SpoorJournal

/// Writes a record as one coloured line for a person at a terminal. Control characters in values are escaped as in
/// JSON.
///
/// It is a class for the same reason as ``JSONLogEncoder``.
final class ConsoleLogEncoder: Sendable {
  private let settings: LogSettings
  private let usesColour: Bool

  init(settings: LogSettings, usesColour: Bool) {
    self.settings = settings
    self.usesColour = usesColour
  }

  func encode(_ record: borrowing LogRecord, into output: inout GrowingBytes, memory: inout LogEncoderMemory) {
    appendHead(
      record.time, record.level, record.trace, settings.redaction.redacted(message: record.message), to: &output,
      timestamp: &memory.timestamp)
    let values = LogValueWriter(settings)
    for (key, value) in record.fields.sorted() {
      output.append(UInt8(ascii: " "))
      coloured("2", to: &output) { output in
        Text.with(key) { output.appendEscaped($0) }
        output.append(UInt8(ascii: "="))
      }
      values.append(value, key: key, depth: 0, to: &output)
    }
    if let failure = record.failure {
      output.append(UInt8(ascii: " "))
      coloured("31", to: &output) { output in
        Text.with(failure.type) { output.appendEscaped($0) }
        output.append(": " as StaticString)
        Text.with(settings.redaction.redacted(message: failure.message)) { output.appendEscaped($0) }
      }
    }
    output.append(UInt8(ascii: "\n"))
  }

  /// Encodes a record that has the fields of `event`.
  func encode(
    _ head: LogHead<StaticString>, _ event: borrowing EventLine, into output: inout GrowingBytes,
    timestamp: inout LogTimestamp
  ) {
    appendHead(head.time, head.level, head.trace, head.event.description, to: &output, timestamp: &timestamp)
    event.forEach { key, value in
      output.append(UInt8(ascii: " "))
      coloured("2", to: &output) { output in
        output.append(key, of: event.bytes)
        output.append(UInt8(ascii: "="))
      }
      output.append(value, of: event.bytes)
    }
    output.append(UInt8(ascii: "\n"))
  }

  /// Appends time, level, trace and event.
  private func appendHead(
    _ time: UInt64, _ level: Logger.Level, _ trace: LogTrace?, _ event: String, to output: inout GrowingBytes,
    timestamp: inout LogTimestamp
  ) {
    let start = output.count
    timestamp.append(time, digits: 3, to: &output)
    // The time of day is enough for a terminal, so the date before the `T` is removed.
    output.moveTail(from: start + 11, by: -11)
    output.truncate(to: output.count - 1)
    output.append(UInt8(ascii: " "))
    coloured(level.colour, to: &output) { output in
      output.append(level.jsonName)
      for _ in level.jsonName.utf8CodeUnitCount..<8 { output.append(UInt8(ascii: " ")) }
    }
    if let trace {
      coloured("2", to: &output) { output in
        let end = output.count
        output.appendHex(trace.traceIDHigh != 0 ? trace.traceIDHigh : trace.traceIDLow)
        output.truncate(to: end + 8)  // Eight digits are enough to distinguish traces.
      }
      output.append(UInt8(ascii: " "))
    }
    coloured("1", to: &output) { output in Text.with(event) { output.appendEscaped($0) } }
  }

  private func coloured(
    _ code: StaticString, to output: inout GrowingBytes, _ body: (inout GrowingBytes) -> Void
  ) {
    guard usesColour else { return body(&output) }
    output.append("\u{1B}[" as StaticString)
    output.append(code)
    output.append(UInt8(ascii: "m"))
    body(&output)
    output.append("\u{1B}[0m" as StaticString)
  }
}

extension Logger.Level {
  fileprivate var colour: StaticString {
    switch self {
    case .trace, .debug: "2"
    case .info, .notice: "36"
    case .warning: "33"
    case .error, .critical: "31"
    }
  }
}
