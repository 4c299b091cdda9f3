// SPDX-License-Identifier: Apache-2.0

public import Logging
internal import SpoorBase
internal import SpoorJournal

/// The fields of one record of an ``EventLog``: each is JSON as soon as it is added.
///
/// Keys are constants of the program; a key that clashes with a built-in field is written as `fields.KEY`. Fields keep
/// the order in which they are added. If a key is added twice, the last value counts. Secrets are redacted and texts
/// over 4 KiB are cut, as in every record. If a record exceeds its limit, its longest fields are removed and counted in
/// `fields_dropped`.
@safe
public struct EventFields: ~Copyable {
  /// Valid while the closure that receives this value runs.
  private let memory: UnsafeMutablePointer<LogEncoderMemory>
  /// The rules are read in place, because a copy would retain five references per record. Valid while the closure runs.
  private let rules: UnsafePointer<FieldRules>

  init(_ memory: UnsafeMutablePointer<LogEncoderMemory>, _ rules: UnsafePointer<FieldRules>) {
    unsafe self.memory = memory
    unsafe self.rules = rules
  }

  /// Adds a text.
  public mutating func add(_ key: StaticString, _ value: String) {
    unsafe withBytes(of: value) { text in
      unsafe field(key, room: min(text.count, Self.longestPlain) + BytesWriter.roomBesidePlain) { output, plan in
        unsafe plan.leavesTextsAlone && text.count <= Self.longestPlain
          && text.count <= rules.pointee.values.limits.value
          && rules.pointee.values.redaction.leavesAlone(text: text)
          && output.appendIfPlain(text)
      } otherwise: { output, name in
        unsafe rules.pointee.values.append(text: value, under: name, to: &output)
      }
    }
  }

  /// The maximum length in bytes of a text that is written at the first attempt.
  private static var longestPlain: Int { 256 }

  /// Adds a text whose key is not a constant.
  mutating func add(_ key: String, _ value: String) {
    unsafe withBytes(of: key) { key in
      unsafe rareField(key) { output, name in
        unsafe rules.pointee.values.append(text: value, under: name, to: &output)
      }
    }
  }

  /// Adds a whole number.
  public mutating func add(_ key: StaticString, _ value: Int) { add(key, Int64(value)) }

  /// Adds a whole number.
  public mutating func add(_ key: StaticString, _ value: Int64) {
    plain(key, room: BytesWriter.longestDecimal) { $0.appendDecimal(value) }
  }

  /// Adds a whole number.
  public mutating func add(_ key: StaticString, _ value: UInt64) {
    plain(key, room: BytesWriter.longestDecimal) { $0.appendDecimal(value) }
  }

  /// Adds a number. NaN and infinities are written as text, because JSON has no form for them.
  public mutating func add(_ key: StaticString, _ value: Double) {
    plain(key, room: BytesWriter.longestDouble) { $0.appendJSON(value) }
  }

  /// Adds a boolean.
  public mutating func add(_ key: StaticString, _ value: Bool) {
    plain(key, room: 5) { if value { $0.append("true" as StaticString) } else { $0.append("false" as StaticString) } }
  }

  /// Adds a swift-log metadata value; arrays and dictionaries stay nested.
  public mutating func add(_ key: StaticString, _ value: Logger.MetadataValue) {
    unsafe rareField(UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)) { output, _ in
      unsafe rules.pointee.values.append(value, key: key.description, depth: 0, to: &output)
    }
  }

  /// Adds a value that is already JSON, unless the key names a secret.
  @inline(__always)
  private func plain(_ key: StaticString, room: Int, _ body: (inout BytesWriter) -> Void) {
    unsafe field(key, room: room) { output, plan in
      guard !plan.isSecret else { return false }
      body(&output)
      return true
    } otherwise: { output, name in
      unsafe rules.pointee.values.append(under: name, to: &output) { $0.write(upTo: room, body) }
    }
  }

  /// Adds a field whose key is known from an earlier record. `body` writes the value in at most the given number of
  /// bytes, or returns that it needs the general path.
  @inline(__always)
  private func field(
    _ key: StaticString, room: Int, _ body: (inout BytesWriter, KeyPlan) -> Bool,
    otherwise: (inout GrowingBytes, UnsafeRawBufferPointer) -> Void
  ) {
    let name = unsafe UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
    if let plan = unsafe memory.pointee.keys.find(name) ?? memory.pointee.keys.learn(name, rules.pointee) {
      let start = unsafe memory.pointee.event.bytes.count
      let isWritten = unsafe memory.pointee.event.bytes.tryWrite(upTo: plan.written.count + 15 + room) { output in
        unsafe output.appendBlocks(plan.written)
        return body(&output, plan)
      }
      if isWritten {
        unsafe memory.pointee.event.add(from: start, keyEnd: start + plan.written.count - 2, order: plan.order)
        return
      }
    }
    unsafe rareField(name, otherwise)
  }

  @inline(never)
  private func rareField(
    _ name: UnsafeRawBufferPointer, _ body: (inout GrowingBytes, UnsafeRawBufferPointer) -> Void
  ) {
    let start = unsafe memory.pointee.event.bytes.count
    unsafe memory.pointee.event.bytes.append(",\"" as StaticString)
    let keyEnd = unsafe rules.pointee.values.append(key: name, to: &memory.pointee.event.bytes)
    unsafe memory.pointee.event.bytes.append("\":" as StaticString)
    unsafe body(&memory.pointee.event.bytes, name)
    let order = unsafe FieldSorter.order(in: memory.pointee.event.bytes, from: start, keyEnd: keyEnd)
    unsafe memory.pointee.event.add(from: start, keyEnd: keyEnd, order: order)
  }
}

/// The rules for writing fields, shared by all records of a pipeline.
struct FieldRules: Sendable {
  let values: LogValueWriter

  /// Rules at a fixed address.
  @safe
  final class Place: @unchecked Sendable {  // The rules are immutable.
    let address: UnsafePointer<FieldRules>

    init(_ rules: FieldRules) {
      let memory = UnsafeMutablePointer<FieldRules>.allocate(capacity: 1)
      unsafe memory.initialize(to: rules)
      unsafe address = UnsafePointer(memory)
    }

    deinit {
      let memory = unsafe UnsafeMutablePointer(mutating: address)
      unsafe memory.deinitialize(count: 1)
      unsafe memory.deallocate()
    }
  }
}
