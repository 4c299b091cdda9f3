public import Logging
internal import SpoorBytes
internal import SpoorJournal

/// The fields of one record of an ``EventLog``: each is JSON as soon as it is added.
///
/// Keys are constants of the program; one that the record has for itself is written as `fields.KEY`. Of a key that is added
/// twice the last value counts. Secrets are redacted and texts over 4 KiB are cut, as in every record. Where a record would
/// be longer than its limit, its longest fields are left out and counted in `fields_dropped`.
@safe
public struct EventFields: ~Copyable {
  /// Valid while the closure that is handed this value runs.
  private let memory: UnsafeMutablePointer<LogEncoderMemory>
  private let values: LogValueWriter
  private let constants: NameSet

  init(_ memory: UnsafeMutablePointer<LogEncoderMemory>, _ values: LogValueWriter, constants: NameSet) {
    unsafe self.memory = memory
    self.values = values
    self.constants = constants
  }

  /// Adds a text.
  public mutating func add(_ key: StaticString, _ value: String) {
    unsafe field(key) { output, name in unsafe values.append(text: value, under: name, to: &output) }
  }

  /// Adds a text whose key is not a constant.
  mutating func add(_ key: String, _ value: String) {
    var key = key
    key.withUTF8 { key in
      let name = UnsafeRawBufferPointer(key)
      unsafe field(name) { output, name in unsafe values.append(text: value, under: name, to: &output) }
    }
  }

  /// Adds a whole number.
  public mutating func add(_ key: StaticString, _ value: Int) { add(key, Int64(value)) }

  /// Adds a whole number.
  public mutating func add(_ key: StaticString, _ value: Int64) {
    unsafe field(key) { output, name in unsafe values.append(under: name, to: &output) { $0.appendDecimal(value) } }
  }

  /// Adds a whole number.
  public mutating func add(_ key: StaticString, _ value: UInt64) {
    unsafe field(key) { output, name in unsafe values.append(under: name, to: &output) { $0.appendDecimal(value) } }
  }

  /// Adds a number; NaN and infinities, which JSON does not know, are written as text.
  public mutating func add(_ key: StaticString, _ value: Double) {
    unsafe field(key) { output, name in unsafe values.append(under: name, to: &output) { values.append(value, to: &$0) }
    }
  }

  /// Adds a boolean.
  public mutating func add(_ key: StaticString, _ value: Bool) {
    unsafe field(key) { output, name in
      unsafe values.append(under: name, to: &output) { $0.append(value ? "true" as StaticString : "false") }
    }
  }

  /// Adds whatever swift-log can say: arrays and dictionaries stay nested.
  public mutating func add(_ key: StaticString, _ value: Logger.MetadataValue) {
    unsafe field(key) { output, _ in values.append(value, key: key.description, depth: 0, to: &output) }
  }

  @inline(__always)
  private func field(_ key: StaticString, _ body: (inout GrowingBytes, UnsafeRawBufferPointer) -> Void) {
    unsafe field(UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount), body)
  }

  @inline(__always)
  private func field(
    _ name: UnsafeRawBufferPointer, _ body: (inout GrowingBytes, UnsafeRawBufferPointer) -> Void
  ) {
    guard unsafe constants.isEmpty || !constants.contains(name) else { return }
    let start = unsafe memory.pointee.fields.bytes.count
    unsafe memory.pointee.fields.bytes.append(",\"" as StaticString)
    let keyEnd = unsafe values.append(key: name, to: &memory.pointee.fields.bytes)
    unsafe memory.pointee.fields.bytes.append("\":" as StaticString)
    unsafe body(&memory.pointee.fields.bytes, name)
    unsafe memory.pointee.fields.add(from: start, keyEnd: keyEnd)
  }
}
