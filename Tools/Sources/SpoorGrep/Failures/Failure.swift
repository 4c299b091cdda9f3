// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import SpoorLogs
internal import SpoorModel
internal import SpoorTerminal

/// One reported failure: a log record with an error or of a level from error on, or a failed span. If less severe
/// levels are asked for, one of their records as well.
struct Failure: Sendable {
  let service: String
  /// The event of the record, or the name of the span.
  let event: String
  let level: String
  /// `Type: message`; empty if unknown.
  let text: String
  let stack: String?
  let causes: [LogFailure.Cause]
  let isHandled: Bool
  let traceID: String?
  /// Microseconds since 1970.
  let time: Int64?
  /// The fields of the record or the tags of the span that do not describe the error itself.
  let fields: [(key: String, value: String)]
  /// Failures with the same key have the same cause, as far as their reports show.
  let key: String

  /// The failure that a record reports; `nil` if it reports none and its level is below `least`.
  init?(_ record: LogRecord, from least: LogLevel = .error) {
    let isFailure = record.reportsFailure
    guard isFailure || record.severity >= least else { return nil }
    let failure = record.failure
    service = record.service ?? ""
    event = record.event ?? ""
    self.level = record.level ?? ""
    // A record without an error has at most a reason.
    let reason = failure == nil ? record["reason"]?.text : nil
    text = failure?.text ?? reason ?? ""
    stack = failure?.stack
    causes = failure?.causes ?? []
    isHandled = failure?.isHandled ?? false
    traceID = record.traceID
    time = record.time
    fields = record.details.filter { !Self.ofProcess.contains($0.key) && (reason == nil || $0.key != "reason") }
      .map { ($0.key, $0.value.text) }
    let identity =
      failure?.fingerprint
      ?? [failure?.type ?? "", Self.pattern(failure?.message ?? reason ?? "")].joined(separator: "\n")
    // What several services notice, such as a collector that is down, is one kind.
    key = [isFailure ? service : "", Self.pattern(event), identity].joined(separator: "\n")
  }

  /// The failure of a span.
  init(_ span: ZipkinSpan) {
    service = span.serviceName ?? ""
    event = span.name ?? ""
    level = "span"
    let reason = span.tag("error") ?? ""
    let type = span.tag("exception.type") ?? span.tag("error.type")
    text = LogFailure.text(type, reason.isEmpty ? span.tag("http.response.status_code") : reason)
    stack = span.tag("exception.stacktrace") ?? span.tag("error.stack_trace")
    causes = []
    isHandled = false
    traceID = span.traceID.description
    time = span.end
    fields = span.tags.filter { !Self.described.contains($0.key) }.map { ($0.key, $0.value) }
    key = [service, event, Self.pattern(text)].joined(separator: "\n")
  }

  /// Which process it was, not what happened.
  private static let ofProcess: Set<String> = ["instance", "pid", "thread", "span_source"]

  private static let described: Set<String> = [
    // The error of an interrupted span says that it was interrupted.
    "spoor.interrupted", "error", "error.type", "error.message", "error.stack_trace", "exception.type",
    "exception.message",
    "exception.stacktrace", "otel.status_code",
  ]

  /// The text without what differs between failures of one kind: numbers and ids become `#`.
  static func pattern(_ text: String) -> String {
    var result = ""
    var word = ""
    func end() {
      let isID = word.count >= 8 && word.allSatisfy(\.isHexDigit) && word.contains(where: \.isNumber)
      if isID {
        // A list of ids of any length is one.
        if result.hasSuffix("#, ") { result.removeLast(2) } else { result += "#" }
      } else {
        var isNumber = false
        for character in word {
          if character.isASCII, character.isNumber {
            if !isNumber { result.append("#") }
            isNumber = true
          } else {
            isNumber = false
            result.append(character)
          }
        }
      }
      word = ""
    }
    for character in text.prefix(2_000) {
      if character.isLetter || character.isNumber {
        word.append(character)
      } else {
        end()
        result.append(character)
      }
    }
    end()
    return result
  }
}

/// Fields whose values are the ids of other traces.
public enum TraceLink {
  /// The trace ids in a value: 32 digits, alone, in a list, or before the span id (`TRACE-SPAN`).
  public static func ids(in value: String) -> [String] {
    guard value.utf8.count >= 32 else { return [] }
    var ids: [String] = []
    var isOther = false
    for word in value.split(whereSeparator: { " ,[]\"".contains($0) }) {
      let parts = word.split(separator: "-", omittingEmptySubsequences: false)
      let isID = parts[0].utf8.count == 32 && parts[0].allSatisfy(\.isHexDigit)
      if isID, parts.count == 1 || parts.count == 2 && parts[1].utf8.count == 16 {
        ids.append(parts[0].lowercased())
      } else {
        isOther = true
      }
    }
    // A text in which an id occurs is no reference.
    return isOther ? [] : ids
  }
}
