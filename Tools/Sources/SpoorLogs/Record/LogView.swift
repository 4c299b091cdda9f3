// SPDX-License-Identifier: Apache-2.0

/// A log record on the tape, which a query evaluates. Valid until the next line is read.
///
/// ``LogRecord`` is a copy that can be kept. A view is an object that its reader uses for one record after the other,
/// because copies of a structure with references take as long as reading the record.
@safe
package final class LogView {
  let tape: JSONTape
  /// The index of the record's object.
  private(set) var object = JSONTape.root
  /// The text of the record, for searches of any text.
  private(set) var bytes: UnsafeRawBufferPointer
  /// The carrier's information about the record.
  private(set) var carrier = CarrierNote()
  /// The index of the resource of an OTLP record.
  let resource: Int?
  /// Whether `bytes` contain other records as well.
  let isPartOfText: Bool
  /// The keys of the record.
  private var keys = KeySet(bits: 0)

  /// A view without a record.
  init(_ tape: JSONTape) {
    self.tape = tape
    unsafe bytes = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    (resource, isPartOfText) = (nil, false)
  }

  /// A view of one of several records in a text.
  init(_ tape: JSONTape, partOf bytes: UnsafeRawBufferPointer, _ object: Int, carrier: CarrierNote, resource: Int?) {
    self.tape = tape
    self.object = object
    unsafe self.bytes = unsafe bytes
    self.carrier = carrier
    self.resource = resource
    isPartOfText = true
    keys = tape.keys(object)
  }

  /// Shows the object that its tape has.
  func show(_ keys: KeySet, _ bytes: UnsafeRawBufferPointer, carrier: CarrierNote = CarrierNote()) {
    unsafe self.bytes = unsafe bytes
    self.keys = keys
    if carrier.isKnown || self.carrier.isKnown { self.carrier = carrier }
  }

  /// Whether the record may have a field that needs one of these keys.
  private func mayHave(_ keys: KeySet) -> Bool { self.keys.mayShare(keys) || mayHaveNested }

  /// Whether fields of the record may be in objects or lists.
  var mayHaveNested: Bool { keys.hasNested || resource != nil }

  /// The record as JSON: as it was written, or re-encoded if it is one of several in a text.
  package var json: [UInt8] { isPartOfText ? Array(JSONText.json(tape, object).utf8) : unsafe Array(bytes) }

  /// The index of a field that the record has by its whole name and that is not a list: the only value with which
  /// ``contains(_:where:)`` calls `holds`. Most fields are, and a look-up without a closure takes a third of the time.
  func plain(_ path: FieldPath) -> Int? {
    guard keys.mayShare(path.keys), let found = tape.member(object, path.bytes),
      tape.kind(found) != JSONTape.Kind.array
    else { return nil }
    return found
  }

  /// Calls `holds` with each value of a field until it returns true. A field is found by its whole name, or through
  /// nested objects whose names are joined with dots. An array has the values of its elements.
  ///
  /// A field that the record has by its whole name is not searched for elsewhere.
  func contains(_ path: FieldPath, where holds: (Int) -> Bool) -> Bool {
    guard mayHave(path.keys) else { return false }
    if let found = tape.member(object, path.bytes) { return any(found, holds) }
    for split in path.splits {
      if let inner = tape.member(object, split.head), contains(split.rest, in: inner, holds) { return true }
    }
    guard mayHaveNested else { return false }
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

  /// The value of a field as ``LogRecord/subscript(_:)`` finds it in a copy of the record.
  func value(_ path: FieldPath) -> Int? {
    if keys.mayShare(path.keys), let found = value(path, in: object) { return found }
    guard keys.hasNested else { return nil }
    for member in tape.members(object) where isOne(of: Self.wrappers, member.key) {
      if let found = value(path, in: member.value) { return found }
      let extra = tape.members(member.value).first { isOne(of: [Self.extra], $0.key) }
      if let extra, let found = value(path, in: extra.value) { return found }
    }
    guard let attributes = first(Self.attributes, in: object) else { return nil }
    let attribute = tape.elements(attributes).first { element in
      first(Self.key, in: element).map { JSONText.text(tape, $0) == path.name } ?? false
    }
    return attribute.flatMap { first(Self.value, in: $0) }.flatMap { tape.members($0).first?.value }
  }

  private func value(_ path: FieldPath, in object: Int) -> Int? {
    if let found = tape.member(object, path.bytes) { return found }
    for split in path.splits {
      guard var inner = tape.member(object, split.head) else { continue }
      if tape.kind(inner) == JSONTape.Kind.array {
        guard let element = tape.elements(inner).first else { continue }
        inner = element
      }
      if let found = value(split.rest, in: inner) { return found }
    }
    return nil
  }

  /// The value of the first member with a key.
  private func first(_ key: [UInt8], in object: Int) -> Int? {
    tape.members(object).first { isOne(of: [key], $0.key) }?.value
  }

  private func isOne(of names: [[UInt8]], _ key: Int) -> Bool {
    names.contains { unsafe tape.bytes(key).elementsEqual($0) }
  }

  /// The first value of a field for which `read` returns something.
  func first<Value>(_ path: FieldPath, _ read: (Int) -> Value?) -> Value? {
    if let found = plain(path) { return read(found) }
    var result: Value?
    _ = contains(path) {
      result = read($0)
      return result != nil
    }
    return result
  }

  /// The first value of several fields for which `read` returns something.
  func first<Value>(_ names: FieldNames, _ read: (FieldPath, Int) -> Value?) -> Value? {
    guard mayHave(names.keys) else { return nil }
    for index in names.paths.indices where mayHave(names.paths[index].keys) {
      let path = names.paths[index]
      if let found = plain(path) {
        if let value = read(path, found) { return value }
      } else if let value = first(path, { read(path, $0) }) {
        return value
      }
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
  /// Whether the carrier has any information.
  var isKnown: Bool { time != nil || source != nil }
}
