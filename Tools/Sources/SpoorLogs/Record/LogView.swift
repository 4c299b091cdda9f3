// SPDX-License-Identifier: Apache-2.0

/// A log record on the tape, which a query evaluates. Valid until the next line is read.
///
/// ``LogRecord`` is a copy that can be kept.
@safe
struct LogView {
  let tape: JSONTape
  /// The index of the record's object.
  let object: Int
  /// The text of the record, for searches of any text.
  let bytes: UnsafeRawBufferPointer
  /// The carrier's information about the record.
  var carrier = CarrierNote()
  /// The index of the resource of an OTLP record.
  var resource: Int?
  /// Whether `bytes` contain other records as well.
  var isPartOfText = false

  /// The record as JSON: as it was written, or re-encoded if it is one of several in a text.
  var json: [UInt8] { isPartOfText ? Array(JSONText.json(tape, object).utf8) : unsafe Array(bytes) }

  /// Calls `holds` with each value of a field until it returns true. A field is found by its whole name, or through
  /// nested objects whose names are joined with dots. An array has the values of its elements.
  ///
  /// A field that the record has by its whole name is not searched for elsewhere.
  func contains(_ path: FieldPath, where holds: (Int) -> Bool) -> Bool {
    if let found = tape.member(object, path.bytes) { return any(found, holds) }
    if contains(path, in: object, holds) { return true }
    // Google's structured payload, loguru's record and OTLP's attributes contain the caller's fields.
    for wrapper in Self.wrappers {
      guard let inner = tape.member(object, wrapper) else { continue }
      if contains(path, in: inner, holds) { return true }
      if let extra = tape.member(inner, Self.extra), contains(path, in: extra, holds) { return true }
    }
    if let attributes = tape.member(object, Self.attributes), contains(path, inAttributes: attributes, holds) {
      return true
    }
    if let resource, let attributes = tape.member(resource, Self.attributes) {
      return contains(path, inAttributes: attributes, holds)
    }
    return false
  }

  private func contains(_ path: FieldPath, in value: Int, _ holds: (Int) -> Bool) -> Bool {
    if tape.kind(value) == JSONTape.Kind.array {
      var index = value + 1
      while tape.kind(index) != JSONTape.Kind.arrayEnd {
        if contains(path, in: index, holds) { return true }
        index = tape.after(index)
      }
      return false
    }
    if let found = tape.member(value, path.bytes), any(found, holds) { return true }
    for split in path.splits {
      if let inner = tape.member(value, split.head), contains(split.rest, in: inner, holds) { return true }
    }
    return false
  }

  /// Whether a value, or one of the elements of an array, holds.
  private func any(_ value: Int, _ holds: (Int) -> Bool) -> Bool {
    guard tape.kind(value) == JSONTape.Kind.array else { return holds(value) }
    if holds(value) { return true }
    return tape.elements(value).contains { any($0, holds) }
  }

  /// Whether a field in OTLP's attributes holds, a list of `{"key":…,"value":{"stringValue":…}}`.
  private func contains(_ path: FieldPath, inAttributes list: Int, _ holds: (Int) -> Bool) -> Bool {
    for element in tape.elements(list) {
      guard let key = tape.member(element, Self.key), tape.kind(key) == JSONTape.Kind.string,
        unsafe tape.bytes(key).elementsEqual(path.bytes), let value = tape.member(element, Self.value)
      else { continue }
      for member in tape.members(value) where any(member.value, holds) { return true }
    }
    return false
  }

  /// The first value of a field for which `read` returns something.
  func first<Value>(_ path: FieldPath, _ read: (Int) -> Value?) -> Value? {
    var result: Value?
    _ = contains(path) {
      result = read($0)
      return result != nil
    }
    return result
  }

  /// The first value of several fields for which `read` returns something.
  func first<Value>(_ paths: [FieldPath], _ read: (FieldPath, Int) -> Value?) -> Value? {
    for path in paths {
      if let value = first(path, { read(path, $0) }) { return value }
    }
    return nil
  }

  private static let wrappers = ["jsonPayload", "record", "fields"].map { Array($0.utf8) }
  private static let extra = Array("extra".utf8)
  private static let attributes = Array("attributes".utf8)
  private static let key = Array("key".utf8)
  private static let value = Array("value".utf8)
}

/// The carrier's information about the record inside its line.
struct CarrierNote: Sendable, Hashable {
  /// The time at which the carrier received the line, in microseconds since 1970; `nil` if unknown.
  var time: Int64?
  /// The pod, container or program; `nil` if unknown.
  var source: String?
}
