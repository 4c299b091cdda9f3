// SPDX-License-Identifier: Apache-2.0

/// The value of a span's attribute or of a log record's field. Its type is part of it: `2` is not `"2"`.
///
/// ```swift
/// #expect(span.attributes["items"] == 2)
/// #expect(record["order_id"] == "ORD7890")
/// ```
public enum RecordedValue: Sendable, Hashable {
  /// A text. A stack is the text of its names.
  case string(String)
  /// A whole number.
  case integer(Int)
  /// Any other number.
  case number(Double)
  /// `true` or `false`.
  case bool(Bool)
  /// A list.
  case array([RecordedValue])
  /// Values by their keys; only in log records.
  case object([String: RecordedValue])
  /// `null`; only in log records.
  case null

  /// The text, nil for a value of another type.
  public var text: String? { if case .string(let text) = self { text } else { nil } }
}

extension RecordedValue: CustomStringConvertible {
  /// The value as a literal: texts in quotes.
  public var description: String {
    switch self {
    case .string(let text): "\"\(text)\""
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .bool(let flag): "\(flag)"
    case .array(let values): "\(values)"
    case .object(let values):
      "{\(values.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", "))}"
    case .null: "null"
    }
  }
}

extension RecordedValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
}

extension RecordedValue: ExpressibleByIntegerLiteral {
  /// A whole number.
  public init(integerLiteral value: Int) { self = .integer(value) }
}

extension RecordedValue: ExpressibleByFloatLiteral {
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
}

extension RecordedValue: ExpressibleByBooleanLiteral {
  /// `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension RecordedValue: ExpressibleByArrayLiteral {
  /// A list.
  public init(arrayLiteral elements: RecordedValue...) { self = .array(elements) }
}

extension RecordedValue: Decodable {
  /// Decodes any JSON value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .bool(flag)
    } else if let number = try? container.decode(Int.self) {
      self = .integer(number)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let list = try? container.decode([Self].self) {
      self = .array(list)
    } else {
      self = .object(try container.decode([String: Self].self))
    }
  }
}
