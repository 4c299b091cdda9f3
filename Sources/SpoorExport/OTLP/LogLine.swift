// SPDX-License-Identifier: Apache-2.0

import SpoorBase

/// The names of the fields that every log line has.
package struct LogLineNames: Sendable {
  package var time: StaticString = "timestamp"
  package var level: StaticString = "level"
  package var event: StaticString = "event"
  package var logger: StaticString = "logger"
  package var traceID: StaticString = "trace_id"
  package var spanID: StaticString = "span_id"
  /// The W3C flags as two hexadecimal digits, or whether the trace is sampled.
  package var traceFlags: StaticString = "trace_flags"
  /// Fields that say what the resource says.
  package var resource: [StaticString] = ["service"]
  package var errorType: StaticString = "error.type"
  package var errorMessage: StaticString = "error.message"
  package var errorStack: StaticString = "error.stack_trace"

  package init() {}
}

/// What is found in one line. It is used again for the next one.
@safe
package struct LogLineMemory {
  /// A field that becomes an attribute, with the memory of its value.
  struct Field {
    let key: Text
    let value: Text
  }

  fileprivate(set) var isObject = false
  fileprivate(set) var time: UInt64?
  fileprivate(set) var level = Text("")
  fileprivate(set) var event = Text("")
  fileprivate(set) var logger = Text("")
  fileprivate(set) var traceHigh: UInt64 = 0
  fileprivate(set) var traceLow: UInt64 = 0
  fileprivate(set) var span: UInt64 = 0
  fileprivate(set) var flags: UInt32 = 0
  fileprivate(set) var fields: [Field] = []

  package init() {}

  /// Reads a line. Everything found is a part of its memory.
  mutating func read(_ line: Text, _ names: LogLineNames) {
    (time, level, event, logger) = (nil, "", "", "")
    (traceHigh, traceLow, span, flags) = (0, 0, 0, 0)
    fields.removeAll(keepingCapacity: true)
    var reader = unsafe JSONPullReader(line.bytes)
    guard reader.peek == .object else { return isObject = false }
    isObject = reader.forEachMember { key, reader in
      let kind = reader.peek
      let start = reader.position
      reader.skip()
      let value = unsafe Text(UnsafeRawBufferPointer(rebasing: line.bytes[start..<reader.position]))
      take(key, value, kind, names)
    }
    if isObject, !reader.isAtEnd { isObject = false }
  }

  private mutating func take(_ key: Text, _ value: Text, _ kind: JSONPullReader.Kind, _ names: LogLineNames) {
    let text = kind == .string ? value.dropFirst(1).dropLast(1) : value
    if key == Text(names.time), let time = LogLineTime.nanoseconds(text) {
      self.time = time
    } else if key == Text(names.level), kind == .string {
      level = text
    } else if key == Text(names.event) {
      event = value
    } else if key == Text(names.logger), kind == .string {
      logger = text
    } else if key == Text(names.traceID), kind == .string, let (high, low) = LogLineID.trace(text) {
      (traceHigh, traceLow) = (high, low)
    } else if key == Text(names.spanID), kind == .string, let id = LogLineID.span(text) {
      span = id
    } else if key == Text(names.traceFlags) {
      flags = text == "01" || text == "true" ? 1 : 0
    } else if names.resource.contains(where: { key == Text($0) }) {
      return
    } else if key == Text(names.errorType) {
      fields.append(Field(key: "exception.type", value: value))
    } else if key == Text(names.errorMessage) {
      fields.append(Field(key: "exception.message", value: value))
    } else if key == Text(names.errorStack) {
      fields.append(Field(key: "exception.stacktrace", value: value))
    } else {
      fields.append(Field(key: key, value: value))
    }
  }
}
