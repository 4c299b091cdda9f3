// SPDX-License-Identifier: Apache-2.0

/// The error that a record reports, found under the names of many libraries.
public struct LogFailure: Sendable, Hashable {
  /// An error that led to the reported one.
  public struct Cause: Sendable, Hashable {
    /// The type's name.
    public let type: String?
    /// The message.
    public let message: String?
    /// The stack of its throw, one frame per line, the innermost first.
    public let stack: String?

    /// `Type: message`, as far as they are known.
    public var text: String { LogFailure.text(type, message) }
  }

  /// The type's name.
  public let type: String?
  /// The message.
  public let message: String?
  /// The stack of its throw, one frame per line.
  public let stack: String?
  /// The causes, the nearest first.
  public let causes: [Cause]
  /// Whether the program recovered from it.
  public let isHandled: Bool
  /// The writer's name for failures of this kind.
  public let fingerprint: String?

  /// `Type: message`, as far as they are known.
  public var text: String { Self.text(type, message) }

  /// The error of a record; `nil` if it reports none.
  init?(_ record: LogRecord) {
    // Nearly all records report none, and to look for all of its names takes longer than to read the record.
    let mayReport = record.members.contains { member in
      var key = member.key
      return key.withUTF8 { unsafe Self.mayReport(UnsafeRawBufferPointer($0)) }
    }
    guard mayReport else { return nil }
    type = record.text(Self.types)
    // Many libraries write an error as one text.
    message =
      record.text(Self.messages)
      ?? Self.wholes.lazy.compactMap { name -> String? in
        if case .string(let text)? = record[name] { text } else { nil }
      }.first
    let list = Self.structured(record)
    stack = record.text(Self.stacks) ?? list.first?.stack
    guard type != nil || message != nil || stack != nil else { return nil }
    causes =
      if case .array(let causes)? = record["error.causes"] {
        causes.map { cause in
          func text(_ key: String) -> String? { cause.members.first { $0.key == key }?.value.text }
          let isObject = !cause.members.isEmpty
          return Cause(
            type: text("type"), message: isObject ? text("message") : cause.text, stack: text("stack_trace"))
        }
      } else {
        Array(list.dropFirst())
      }
    isHandled = record.text("error.handled") == "true"
    fingerprint = record.text("error.fingerprint")
  }

  /// The errors of a list with objects for their frames, as structlog writes them: the reported one, then its causes.
  private static func structured(_ record: LogRecord) -> [Cause] {
    guard case .array(let errors)? = record["exception"] else { return [] }
    return errors.map { error in
      func text(_ value: JSONValue, _ key: String) -> String? { value.members.first { $0.key == key }?.value.text }
      var frames: [JSONValue] = []
      if case .array(let all)? = error.members.first(where: { $0.key == "frames" })?.value { frames = all }
      // Python begins with the outermost frame.
      let lines = frames.reversed().map { frame in
        "\(text(frame, "name") ?? "?") at \(text(frame, "filename") ?? "?"):\(text(frame, "lineno") ?? "?")"
      }
      let stack = lines.isEmpty ? nil : lines.joined(separator: "\n")
      return Cause(type: text(error, "exc_type"), message: text(error, "exc_value"), stack: stack)
    }
  }

  /// `Type: message`, as far as they are known.
  package static func text(_ type: String?, _ message: String?) -> String {
    [type, message].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
  }

  private static let types = [
    "error.type", "error.kind", "exception.type", "err.type", "error.name",
    "exception.exc_type", "exc_type",
  ]
  private static let messages = [
    "error.message", "exception.message", "err.message", "error.msg", "exception.exc_value",
    "exception.value",
  ]
  private static let wholes = ["error", "err", "exception", "exc_info"]
  private static let stacks = [
    "error.stack_trace", "exception.stacktrace", "error.stack", "err.stack", "stack_trace", "stacktrace", "stack",
  ]

  /// The beginnings of the fields in which an error is found, and the objects in which some writers keep all fields.
  private static let beginnings = [
    "error", "err", "exception", "exc_info", "exc_type", "stack_trace", "stacktrace", "stack", "jsonPayload", "record",
    "fields", "attributes",
  ].map { Array($0.utf8) }

  /// Whether a record with this key may report an error.
  static func mayReport(_ key: UnsafeRawBufferPointer) -> Bool {
    // Records are judged by this, key by key.
    guard let first = unsafe key.first, beginningLetters.contains(first) else { return false }
    let length = unsafe key.firstIndex(of: UInt8(ascii: ".")) ?? key.count
    return beginnings.contains { unsafe $0.count == length && memcmp($0, key.baseAddress!, length) == 0 }
  }

  private static let beginningLetters: [UInt8] = Array("esjrfa".utf8)

  /// Whether a member of a record only describes the error, so that it is not shown as a field as well.
  static func isPart(_ member: JSONValue.Member) -> Bool {
    guard fields.contains(member.key) else { return false }
    return member.value.members.allSatisfy { fields.contains("\(member.key).\($0.key)") }
  }

  private static let fields = Set(types + messages + stacks + wholes).union([
    "error.causes", "error.spans", "error.handled", "error.fingerprint", "error.stack_source", "error.id",
    "error.same_as", "error.throw_count", "error.rethrown_at", "error.span_id", "error.breadcrumbs",
  ])
}

extension LogRecord {
  /// The error that the record reports; `nil` if it reports none.
  public var failure: LogFailure? { LogFailure(self) }

  /// The level; `trace` if it is unknown.
  package var severity: LogLevel { level.flatMap { LogLevel(name: $0) } ?? .trace }

  /// Whether the record reports a failure: an error with a type or a stack, or a level from error on.
  public var reportsFailure: Bool {
    if let failure, failure.type != nil || failure.stack != nil { return true }
    return severity >= .error
  }

  /// The events before the failure that the writer added to the record, the oldest first.
  public var breadcrumbs: [String] {
    guard case .array(let crumbs)? = self["error.breadcrumbs"] else { return [] }
    return crumbs.compactMap { crumb in crumb.members.first { $0.key == "event" }?.value.text }
  }
}
