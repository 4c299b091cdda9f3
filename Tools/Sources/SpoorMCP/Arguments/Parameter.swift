// SPDX-License-Identifier: Apache-2.0

internal import SpoorLogs

/// A parameter of a tool.
struct Parameter: Sendable {
  enum Kind: Sendable {
    /// Text of at most this many bytes, without NUL.
    case text(Int)
    case integer(ClosedRange<Int>)
    case boolean
    case choice([String])
    /// A trace id, the beginning of one, or a whole traceparent.
    case traceID
    /// Ids of spans, at most this many.
    case spanIDs(Int)
    /// A time as `--since` of the command takes it.
    case time
  }

  let name: String
  let kind: Kind
  let description: String
  let isRequired: Bool

  init(_ name: String, _ kind: Kind, _ description: String, required: Bool = false) {
    self.name = name
    self.kind = kind
    self.description = description
    isRequired = required
  }

  /// What a value must be.
  var expected: String {
    switch kind {
    case .text(let maximum): "a string of at most \(maximum) bytes without NUL"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .boolean: "true or false"
    case .choice(let values): "one of " + values.joined(separator: ", ")
    case .traceID: "4 to 32 hexadecimal digits, or a whole traceparent"
    case .spanIDs(let maximum): "an array of 1 to \(maximum) span ids, each of 1 to 16 hexadecimal digits"
    case .time: "a time: RFC 3339, 10m, 2h, yesterday, 09:20, or seconds since 1970"
    }
  }

  var schema: JSON {
    var members: [JSON.Member] = []
    func add(_ key: String, _ value: JSON) { members.append(JSON.Member(key: key, value: value)) }
    switch kind {
    case .text(let maximum):
      add("type", .string("string"))
      add("maxLength", .whole(maximum))
    case .integer(let range):
      add("type", .string("integer"))
      add("minimum", .whole(range.lowerBound))
      add("maximum", .whole(range.upperBound))
    case .boolean: add("type", .string("boolean"))
    case .choice(let values):
      add("type", .string("string"))
      add("enum", .array(values.map { .string($0) }))
    case .traceID:
      add("type", .string("string"))
      add("pattern", .string("^([0-9a-fA-F]{4,32}|[0-9a-fA-F]{2}-[0-9a-fA-F]{32}-[0-9a-fA-F]{16}-[0-9a-fA-F]{2})$"))
    case .spanIDs(let maximum):
      add("type", .string("array"))
      add("items", ["type": .string("string"), "pattern": .string("^[0-9a-fA-F]{1,16}$")])
      add("minItems", .whole(1))
      add("maxItems", .whole(maximum))
    case .time: add("type", .string("string"))
    }
    add("description", .string(description))
    return .object(members)
  }

  /// The value in the form in which tools use it; `nil` if it is not what it must be.
  func checked(_ value: JSON, now: Int64) -> Arguments.Value? {
    switch (kind, value) {
    case (.text(let maximum), .string(let text)):
      text.utf8.count <= maximum && !text.utf8.contains(0) ? .text(text) : nil
    case (.integer(let range), .int(let number)):
      Int(exactly: number).flatMap { range.contains($0) ? .int($0) : nil }
    case (.boolean, .bool(let flag)): .bool(flag)
    case (.choice(let values), .string(let text)): values.contains(text) ? .text(text) : nil
    case (.traceID, .string(let text)): TraceIDArgument.digits(in: text).map { .text($0) }
    case (.spanIDs(let maximum), .array(let values)):
      (1...maximum).contains(values.count) ? Self.spanIDs(values).map { .texts($0) } : nil
    case (.time, .string(let text)):
      text.utf8.count <= 64 ? Timestamp.argument(text, now: now).map { .time($0) } : nil
    default: nil
    }
  }

  private static func spanIDs(_ values: [JSON]) -> [String]? {
    var ids: [String] = []
    for value in values {
      guard let id = value.text, (1...16).contains(id.utf8.count), id.utf8.allSatisfy(TraceIDArgument.isHexDigit) else {
        return nil
      }
      ids.append(String(repeating: "0", count: 16 - id.utf8.count) + id.lowercased())
    }
    return ids
  }
}
