/// A log record as it would have been written.
public struct RecordedEvent: Sendable, Hashable, Decodable {
  /// A JSON value.
  public enum Value: Sendable, Hashable {
    /// Text.
    case string(String)
    /// A whole number.
    case integer(Int)
    /// Any other number.
    case number(Double)
    /// `true` or `false`.
    case bool(Bool)
    /// A list.
    case array([Value])
    /// Values by their keys.
    case object([String: Value])
    /// `null`
    case null
  }

  /// All of its keys.
  public let fields: [String: Value]

  /// One of them, nil where it has no such key.
  public subscript(key: String) -> Value? { fields[key] }

  /// What happened.
  public var event: String { text("event") }
  /// swift-log's level.
  public var level: String { text("level") }
  /// 32 hexadecimal digits; nil outside a trace.
  public var traceID: String? { fields["trace_id"] == nil ? nil : text("trace_id") }
  /// 16 hexadecimal digits; nil outside a trace.
  public var spanID: String? { fields["span_id"] == nil ? nil : text("span_id") }

  private func text(_ key: String) -> String { if case .string(let text) = fields[key] { text } else { "" } }

  /// From a line of JSON.
  public init(from decoder: any Decoder) throws { fields = try [String: Value](from: decoder) }
}

extension RecordedEvent.Value: Decodable {
  /// From any JSON value.
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
