/// A value of a log record. Numbers keep their text: `1.10` stays what was written.
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

  /// The value as it is shown and compared: a string without quotes, everything else as JSON.
  public var text: String {
    switch self {
    case .string(let text): text
    case .number(let text): text
    case .bool(let value): value ? "true" : "false"
    case .null: "null"
    case .array(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { "\(JSONValue.string($0.key).json):\($0.value.json)" }.joined(separator: ",") + "}"
    }
  }

  /// The number, or what a string says when it is one.
  public var double: Double? {
    switch self {
    case .string(let text), .number(let text): Double(text)
    default: nil
    }
  }

  /// The members of an object, nothing for all others.
  public var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  private var json: String {
    guard case .string(let text) = self else { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
