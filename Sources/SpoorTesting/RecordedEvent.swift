// SPDX-License-Identifier: Apache-2.0

/// A log record as it would have been written.
public struct RecordedEvent: Sendable, Hashable, Decodable {
  /// All fields of the record, by key.
  public let fields: [String: RecordedValue]

  /// The value of a field, nil if the record does not have it.
  public subscript(key: String) -> RecordedValue? { fields[key] }

  /// The message. Empty if the record has none.
  public var event: String { fields["event"]?.text ?? "" }
  /// swift-log's level, by its name.
  public var level: String { fields["level"]?.text ?? "" }
  /// The trace id, 32 hexadecimal digits; nil outside a trace.
  public var traceID: String? { fields["trace_id"]?.text }
  /// The span id, 16 hexadecimal digits; nil outside a trace.
  public var spanID: String? { fields["span_id"]?.text }

  /// Decodes a line of JSON.
  public init(from decoder: any Decoder) throws { fields = try [String: RecordedValue](from: decoder) }
}
