// SPDX-License-Identifier: Apache-2.0

/// A value of a log record. Integers are exact, whatever their size.
public enum JSONValue: Sendable, Hashable {
  case string(String)
  case number(String)
  case bool(Bool)
  case null
  case array([JSONValue])
  case object([Member])

  /// A key of an object and its value, in the order in which they were written.
  public struct Member: Sendable, Hashable {
    /// The key.
    public let key: String
    /// Its value.
    public let value: JSONValue
  }

  init(_ tape: JSONTape, _ index: Int) {
    switch Scalar(tape, index) {
    case .text?: self = .string(JSONText.text(tape, index))
    case .signed?, .unsigned?, .double?, .digits?: self = .number(JSONText.text(tape, index))
    case .bool(let value)?: self = .bool(value)
    case .null?: self = .null
    case nil where tape.kind(index) == JSONTape.Kind.array:
      self = .array(tape.elements(index).map { JSONValue(tape, $0) })
    case nil:
      self = .object(
        tape.members(index).map { Member(key: JSONText.text(tape, $0.key), value: JSONValue(tape, $0.value)) })
    }
  }

  /// The text for display and comparison: a string without quotes, everything else as JSON.
  public var text: String { if case .string(let text) = self { text } else { json } }

  /// The number, also if it is written as a string.
  public var double: Double? {
    switch self {
    case .string(let text), .number(let text): Double(text)
    default: nil
    }
  }

  /// The members of an object; empty for everything else.
  public var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  /// The value as compact JSON.
  public var json: String {
    switch self {
    case .string(let text): JSONText.quoted(text)
    case .number(let text): text
    case .bool(let value): value ? "true" : "false"
    case .null: "null"
    case .array(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { "\(JSONText.quoted($0.key)):\($0.value.json)" }.joined(separator: ",") + "}"
    }
  }
}
