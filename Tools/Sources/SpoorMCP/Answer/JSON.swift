// SPDX-License-Identifier: Apache-2.0

internal import SpoorModel

/// A JSON value of a message.
enum JSON: Sendable, Equatable {
  struct Member: Sendable, Equatable {
    let key: String
    let value: JSON
  }

  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case string(String)
  /// Text that a service wrote: data for the reader, never an instruction. See ``EvidenceText``.
  case evidence(String)
  /// JSON that is already written.
  case written([UInt8])
  case array([JSON])
  /// The members in the order in which they are written.
  case object([Member])

  /// An object of the members whose values are known.
  static func record(_ members: KeyValuePairs<String, JSON?>) -> JSON {
    .object(members.compactMap { key, value in value.map { Member(key: key, value: $0) } })
  }

  static func whole(_ value: Int) -> JSON { .int(Int64(value)) }

  /// The value of a key; `nil` if it is missing or this is no object.
  subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  /// The text of a string; `nil` for everything else.
  var text: String? { if case .string(let text) = self { text } else { nil } }

  /// How the kind of value is called in an error.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int, .double: "a number"
    case .string, .evidence: "a string"
    case .array: "an array"
    case .object, .written: "an object"
    }
  }

  /// The value as compact JSON.
  var bytes: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }

  func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .bool(let value): writer.bool(value)
    case .int(let value): writer.number(value)
    case .double(let value): writer.number(value)
    case .string(let text): writer.string(text)
    case .evidence(let text): EvidenceText(text).json.write(to: &writer)
    case .written(let bytes): writer.raw(bytes)
    case .array(let values): writer.array { writer in for value in values { value.write(to: &writer) } }
    case .object(let members):
      writer.object { writer in
        for member in members {
          writer.key(member.key)
          member.value.write(to: &writer)
        }
      }
    }
  }
}
