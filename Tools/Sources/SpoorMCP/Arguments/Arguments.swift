// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import SpoorLogs

/// The checked arguments of a call.
struct Arguments: Sendable {
  enum Value: Sendable {
    case text(String)
    case int(Int)
    case bool(Bool)
    case texts([String])
    /// Microseconds since 1970.
    case time(Int64)
  }

  /// The time of the call in microseconds since 1970.
  let now: Int64
  private var values: [String: Value] = [:]

  /// Checks the arguments of a tool with these parameters.
  ///
  /// - Throws: ``ToolFailure`` that names an argument, what it must be and what it is.
  init(_ json: JSON, _ parameters: [Parameter], now: Int64) throws(ToolFailure) {
    self.now = now
    guard case .object(let members) = json else {
      throw ToolFailure("arguments must be an object, but is \(json.kind)")
    }
    for member in members {
      guard let parameter = parameters.first(where: { $0.name == member.key }) else {
        let names = parameters.map(\.name).joined(separator: ", ")
        throw ToolFailure("an argument must be one of \(names), but is \(Self.quoted(.string(member.key)))")
      }
      guard let value = parameter.checked(member.value, now: now) else {
        throw ToolFailure("\(parameter.name) must be \(parameter.expected), but is \(Self.quoted(member.value))")
      }
      values[member.key] = value
    }
    for parameter in parameters where parameter.isRequired && values[parameter.name] == nil {
      throw ToolFailure("\(parameter.name) must be \(parameter.expected), but is missing")
    }
    if let since, let until, since >= until { throw ToolFailure("since must be before until, but is not") }
  }

  func text(_ name: String) -> String? { if case .text(let text)? = values[name] { text } else { nil } }
  func int(_ name: String) -> Int? { if case .int(let number)? = values[name] { number } else { nil } }
  func texts(_ name: String) -> [String]? { if case .texts(let texts)? = values[name] { texts } else { nil } }
  func bool(_ name: String) -> Bool { if case .bool(let flag)? = values[name] { flag } else { false } }

  /// The beginning of the range of time, in microseconds since 1970.
  var since: Int64? { if case .time(let time)? = values["since"] { time } else { nil } }
  /// The end of the range of time, excluded.
  var until: Int64? { if case .time(let time)? = values["until"] { time } else { nil } }

  /// The query for log records with the range of time.
  ///
  /// - Throws: ``ToolFailure`` if the argument `query` is no query.
  func query() throws(ToolFailure) -> LogQuery {
    do throws(QueryError) {
      var query =
        try text("query").map { text throws(QueryError) in try QueryParser.parse([text], now: now) } ?? .everything
      if since != nil || until != nil { query = query.and(.time(from: since, before: until)) }
      return query
    } catch {
      throw ToolFailure("query must be a query of `spoor grep`: \(EvidenceText(error.description, maximum: 300).text)")
    }
  }

  /// A value in an error: its JSON, cut.
  private static func quoted(_ value: JSON) -> String {
    let text = EvidenceText(String(decoding: value.bytes, as: UTF8.self), maximum: 80)
    return text.text + (text.cut > 0 ? "…" : "")
  }
}

/// A call that cannot be answered. The caller reads the message and can correct the call.
struct ToolFailure: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

/// Trace ids in arguments.
enum TraceIDArgument {
  /// The digits in lower case; `nil` if the text is neither 4 to 32 digits nor a traceparent.
  static func digits(in text: String) -> String? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let isTraceParent =
      parts.map(\.utf8.count) == [2, 32, 16, 2] && parts.allSatisfy { $0.utf8.allSatisfy(isHexDigit) }
    if isTraceParent { return parts[1].lowercased() }
    guard (4...32).contains(text.utf8.count), text.utf8.allSatisfy(isHexDigit) else { return nil }
    return text.lowercased()
  }

  static func isHexDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 }
}
