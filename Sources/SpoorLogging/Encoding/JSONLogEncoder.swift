// SPDX-License-Identifier: Apache-2.0

internal import Logging
package import SpoorBase
internal import SpoorJournal
internal import SpoorStacks
internal import SpoorTracing

/// Writes a record as one line of JSON: `schemas/log-record.schema.json`.
///
/// The order of the keys is fixed, no key occurs twice, and no input can start a second line. A record above its limit
/// is written again with shorter values, the stack first; it is never dropped because of its size.
///
/// It is a class, because a struct of this size would be copied for each record.
package final class JSONLogEncoder: Sendable {
  package let settings: LogSettings
  /// `","level":"…","service":"…"` for each level, in the order of the levels.
  private let levels: ConstantBytes
  /// The fields of every record.
  private let fields: [UInt8]
  /// The head of a record whose names are not Spoor's; `nil` for Spoor's own.
  private let head: PresetHead?
  private let errorKeys: ErrorKeys
  /// The writer of fields.
  let fieldRules: FieldRules

  package init(settings: LogSettings) {
    self.settings = settings
    head = PresetHead(settings)
    errorKeys = ErrorKeys(settings)
    let levels = Logger.Level.allCases.map { level in
      Self.bytes { output in
        output.append("\",\"level\":\"" as StaticString)
        output.append(level.jsonName)
        output.append("\",\"service\":" as StaticString)
        output.appendQuoted(settings.service)
      }
    }
    let preset = PresetHead.names(of: settings.preset)
    fieldRules = FieldRules(values: LogValueWriter(settings, reserved: ReservedKeys.all(settings, preset: preset)))
    fields = Self.bytes { output in
      for (key, value) in settings.fields where !preset.contains(key) {
        output.append(UInt8(ascii: ","))
        output.appendQuoted(ReservedKeys.written(key))
        output.append(UInt8(ascii: ":"))
        output.appendQuoted(value)
      }
    }
    self.levels = ConstantBytes(levels)
  }

  /// Encodes a logger's label once for all its records.
  func label(_ name: String) -> LogLabel {
    LogLabel(name, head != nil ? [] : Self.bytes { appendLogger(name, nil, to: &$0) })
  }

  private static func bytes(_ body: (inout GrowingBytes) -> Void) -> [UInt8] {
    var output = GrowingBytes()
    body(&output)
    return output.array()
  }

  /// Appends the record and its line end.
  package func encode(
    _ record: borrowing LogRecord, into output: inout GrowingBytes, memory: inout LogEncoderMemory
  ) {
    let start = output.count
    var values = fieldRules.values
    // A stack gets its names later, so some room is reserved for it.
    let reserved =
      !record.hasFailure || record.failure?.stack == nil ? 0 : min(settings.stackBytes, settings.recordBytes / 4)
    values.end = start + settings.recordBytes - reserved
    repeat {
      write(record, values, into: &output, memory: &memory)
      guard output.count > values.end else { return }
      output.truncate(to: start)
    } while values.limits.tighten()
    values.end = .max
    write(record, values, into: &output, memory: &memory)
  }

  /// Writes the record. If it exceeds the room, the rest is not written and the line must be discarded.
  private func write(
    _ record: borrowing LogRecord, _ values: LogValueWriter, into output: inout GrowingBytes,
    memory: inout LogEncoderMemory
  ) {
    appendHead(record.time, record.level, record.trace, to: &output, timestamp: &memory.timestamp, ids: &memory.ids)
    values.append(message: record.message, to: &output)
    appendLogger(record.logger, record.trace, to: &output)
    if let source = record.source { append(source, values, to: &output) }
    appendFields(record, values, to: &output, memory: &memory)
    if record.hasFailure, let failure = record.failure { append(failure, values, to: &output, memory: &memory) }
    output.append("}\n" as StaticString)
  }

  private func append(_ source: LogSource, _ values: LogValueWriter, to output: inout GrowingBytes) {
    output.append(",\"logger.source\":" as StaticString)
    values.append(text: source.module, limit: values.limits.value, to: &output)
    output.append(",\"code.file.path\":" as StaticString)
    values.append(text: source.file, limit: values.limits.value, to: &output)
    output.append(",\"code.line.number\":" as StaticString)
    output.appendDecimal(UInt64(source.line))
  }

  /// Appends everything up to the event.
  @inline(__always)
  private func appendHead(
    _ time: UInt64, _ level: Logger.Level, _ trace: LogTrace?, to output: inout GrowingBytes,
    timestamp: inout LogTimestamp, ids: inout LogTraceText
  ) {
    if let head { return head.begin(time, level, to: &output, timestamp: &timestamp) }
    output.write(upTo: LogTimestamp.longest + levels.longest + LogTraceText.longest + 48) { output in
      output.append("{\"timestamp\":\"")
      timestamp.append(time, digits: settings.timestampDigits, to: &output)
      unsafe output.appendBlocks(levels[Int(level.number)])
      if let trace { ids.append(trace, to: &output) }
      output.append(",\"event\":")
    }
  }

  private func appendLogger(_ logger: String, _ trace: LogTrace?, to output: inout GrowingBytes) {
    if let head {
      head.end(trace, logger, to: &output)
    } else {
      output.append(",\"logger\":" as StaticString)
      output.appendQuoted(logger)
    }
    output.append(fields)
  }

  @inline(__always)
  private func appendLogger(_ label: LogLabel, _ trace: LogTrace?, to output: inout GrowingBytes) {
    if head == nil { unsafe output.appendBlocks(label.written) } else { appendLogger(label.name, trace, to: &output) }
  }

  /// Begins a record in its line: everything up to the caller's fields.
  @inline(__always)
  func begin(_ head: LogHead<StaticString>, _ label: LogLabel, in memory: inout LogEncoderMemory) {
    appendHead(
      head.time, head.level, head.trace, to: &memory.event.bytes, timestamp: &memory.timestamp, ids: &memory.ids)
    let event = unsafe UnsafeRawBufferPointer(start: head.event.utf8Start, count: head.event.utf8CodeUnitCount)
    // Most messages look like field names, so they are cached in the same way.
    if let plan = unsafe memory.keys.find(event) ?? memory.keys.learn(event, fieldRules) {
      unsafe memory.event.bytes.appendBlocks(plan.quoted)
    } else {
      unsafe memory.event.bytes.appendQuoted(Text(event))
    }
    appendLogger(label, head.trace, to: &memory.event.bytes)
  }

  /// Ends the record within its limit.
  @inline(__always)
  func end(_ line: inout EventLine) {
    if line.bytes.count > settings.recordBytes - 2 {
      let dropped = line.shrink(to: settings.recordBytes - 42)
      if dropped > 0 {
        line.bytes.append(",\"fields_dropped\":" as StaticString)
        line.bytes.appendDecimal(Int64(dropped))
      }
    }
    line.bytes.append("}\n" as StaticString)
  }

  /// Appends a record that has only a message and the call's own fields, as nearly all records do, and its line end.
  /// Returns `false` and appends nothing if it is too long.
  func encode(
    _ head: LogHead<String>, _ label: LogLabel, _ fields: Logger.Metadata, into output: inout GrowingBytes,
    memory: inout LogEncoderMemory
  ) -> Bool {
    let start = output.count
    appendHead(head.time, head.level, head.trace, to: &output, timestamp: &memory.timestamp, ids: &memory.ids)
    fieldRules.values.append(message: head.event, to: &output)
    appendLogger(label, head.trace, to: &output)
    if !fields.isEmpty, !appendPlainly(fields, to: &output, memory: &memory) {
      memory.fields.removeAll()
      for (key, value) in fields { note(key, value, fieldRules.values, memory: &memory) }
      memory.fields.append(to: &output)
    }
    output.append("}\n" as StaticString)
    if output.count - start <= settings.recordBytes { return true }
    output.truncate(to: start)
    return false
  }

  private func appendFields(
    _ record: borrowing LogRecord, _ values: LogValueWriter,
    to output: inout GrowingBytes, memory: inout LogEncoderMemory
  ) {
    guard !record.fields.isEmpty else { return }
    guard values.limits.fields == .max else { return appendSomeFields(record, values, to: &output) }
    memory.fields.removeAll()
    record.fields.forEach { key, value in note(key, value, values, memory: &memory) }
    memory.fields.append(to: &output)
  }

  /// Appends a few fields whose keys are known and whose values are of the usual types. Returns `false` and appends
  /// nothing if a field is of another kind.
  @inline(__always)
  private func appendPlainly(
    _ fields: Logger.Metadata, to output: inout GrowingBytes, memory: inout LogEncoderMemory
  ) -> Bool {
    guard PlainFields.canReadDictionaries, fields.count <= PlainFields.most else { return false }
    memory.plain.removeAll()
    unsafe DictionaryMemory<Logger.MetadataValue>(of: fields).forEach { _, key, value in
      guard let plan = unsafe withBytes(of: key, { unsafe memory.keys.find($0) }) else { return }
      unsafe memory.plain.add(plan, key, value)
    }
    guard memory.plain.count == fields.count else { return false }
    let start = output.count
    for rank in 0..<memory.plain.count {
      let (plan, key, value) = unsafe memory.plain[rank]
      unsafe output.appendBlocks(plan.written)
      guard unsafe fieldRules.values.append(value.pointee, under: plan, key: key.pointee, to: &output) else {
        output.truncate(to: start)
        return false
      }
    }
    return true
  }

  /// Adds a field to those of the record.
  @inline(__always)
  private func note(
    _ key: String, _ value: Logger.MetadataValue, _ values: LogValueWriter, memory: inout LogEncoderMemory
  ) {
    guard memory.fields.bytes.count <= settings.recordBytes else { return }  // The record is too long already.
    let start = memory.fields.bytes.count
    // A plan holds the whole key, so it does not apply where keys are cut.
    if values.limits.key > KeyPlan.longestKey {
      let plan = Text.with(key) {
        unsafe memory.keys.find($0.bytes) ?? memory.keys.learn($0.bytes, fieldRules)
      }
      if let plan {
        unsafe memory.fields.bytes.appendBlocks(plan.written)
        if values.append(value, under: plan, key: key, to: &memory.fields.bytes) {
          unsafe memory.fields.add(from: start, keyEnd: start + plan.written.count - 2, order: plan.order)
          return
        }
        memory.fields.bytes.truncate(to: start)
      }
    }
    let keyEnd = Self.appendField(key, value, values, to: &memory.fields.bytes)
    memory.fields.add(from: start, keyEnd: keyEnd)
  }

  /// Writes `,"key":value` and returns the end of the key.
  @inline(__always)
  private static func appendField(
    _ key: String, _ value: Logger.MetadataValue, _ values: LogValueWriter,
    to output: inout GrowingBytes
  ) -> Int {
    output.append(",\"" as StaticString)
    let end = values.append(key: key, to: &output)
    output.append("\":" as StaticString)
    values.append(value, key: key, depth: 0, to: &output)
    return end
  }

  /// Appends the first fields by key, if there are more than a record has room for.
  private func appendSomeFields(
    _ record: borrowing LogRecord, _ values: LogValueWriter,
    to output: inout GrowingBytes
  ) {
    let fields = record.fields.sorted()
    for (key, value) in fields.prefix(values.limits.fields) where output.count <= values.end {
      _ = Self.appendField(key, value, values, to: &output)
    }
    guard fields.count > values.limits.fields else { return }
    output.append(",\"fields_dropped\":" as StaticString)
    output.appendDecimal(Int64(fields.count - values.limits.fields))
  }

  private func append(
    _ failure: FailureFields, _ values: LogValueWriter,
    to output: inout GrowingBytes, memory: inout LogEncoderMemory
  ) {
    output.append(errorKeys.type)
    values.append(text: failure.type, limit: values.limits.value, to: &output)
    output.append(errorKeys.message)
    let message = settings.redaction.replacement(key: "error.message", value: failure.message) ?? failure.message
    values.append(text: message, limit: values.limits.value, to: &output)
    func number(_ key: StaticString, _ value: UInt64?) {
      guard let value else { return }
      output.append(key)
      output.appendDecimal(value)
    }
    number(",\"error.id\":", failure.id)
    number(",\"error.same_as\":", failure.sameAs)
    if failure.throwCount > 1 { number(",\"error.throw_count\":", UInt64(failure.throwCount)) }
    if let span = failure.throwSpanID {
      output.append(",\"error.span_id\":\"" as StaticString)
      output.appendHex(span)
      output.append(UInt8(ascii: "\""))
    }
    if let stack = failure.stack {
      output.append(errorKeys.stack)
      StackTokens.append(stack, to: &output)
      output.append(",\"error.stack_source\":" as StaticString)
      output.appendQuoted(stack.source.rawValue)
      if let place = failure.rethrownAt {
        output.append(",\"error.rethrown_at\":" as StaticString)
        StackTokens.append(place, asPlace: true, to: &output)
      }
    } else if let stack = failure.stackTrace {
      output.append(errorKeys.stack)
      values.append(text: stack, limit: values.limits.stack, to: &output)
    }
    if !failure.causes.isEmpty {
      output.append(",\"error.causes\":[" as StaticString)
      for (index, cause) in failure.causes.enumerated() {
        output.append(index == 0 ? "{\"type\":" as StaticString : ",{\"type\":")
        values.append(text: cause.type, limit: values.limits.value, to: &output)
        output.append(",\"message\":" as StaticString)
        values.append(message: cause.message, to: &output)
        if let stack = cause.stack {
          output.append(",\"stack_trace\":" as StaticString)
          StackTokens.append(stack, to: &output)
        }
        output.append(UInt8(ascii: "}"))
      }
      output.append(UInt8(ascii: "]"))
    }
    if !failure.spans.isEmpty {
      output.append(",\"error.spans\":[" as StaticString)
      for (index, name) in failure.spans.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        values.append(text: name, limit: values.limits.value, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    }
    if let isHandled = failure.isHandled {
      output.append(isHandled ? ",\"error.handled\":true" as StaticString : ",\"error.handled\":false")
    }
    if !failure.breadcrumbs.isEmpty {
      output.append(",\"error.breadcrumbs\":[" as StaticString)
      for (index, crumb) in failure.breadcrumbs.enumerated() {
        output.append(index == 0 ? "{\"timestamp\":\"" as StaticString : ",{\"timestamp\":\"")
        memory.timestamp.append(crumb.time, digits: settings.timestampDigits, to: &output)
        output.append("\",\"level\":\"" as StaticString)
        output.append(crumb.level.jsonName)
        output.append("\",\"event\":" as StaticString)
        values.append(message: crumb.event, limit: min(256, values.limits.value), to: &output)
        output.append(UInt8(ascii: "}"))
      }
      output.append(UInt8(ascii: "]"))
    }
    if let stack = failure.stack {
      output.append(",\"error.fingerprint\":" as StaticString)
      StackTokens.appendFingerprint(
        type: failure.qualifiedType, isThrow: stack.source != .catchSite, to: &output)
    } else if let fingerprint = failure.fingerprint {
      output.append(",\"error.fingerprint\":" as StaticString)
      output.appendQuoted(fingerprint)
    }
  }
}

extension Logger.Level {
  /// The level names of swift-log.
  var jsonName: StaticString {
    switch self {
    case .trace: "trace"
    case .debug: "debug"
    case .info: "info"
    case .notice: "notice"
    case .warning: "warning"
    case .error: "error"
    case .critical: "critical"
    }
  }
}
