// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// The tags that Spoor and OpenTelemetry's mapping add to a span's own attributes. They replace attributes with the
/// same key, because a key occurs only once.
///
/// The rules for `error` and `otel.status_code` are those of "OpenTelemetry to Zipkin Transformation", Status, with one
/// addition: if a failed status has no description, the last recorded exception provides it.
struct ZipkinTags {
  /// The reason why a span has no end of its own.
  static let interrupted: StaticString = "interrupted: the process ended"
  static let neverEnded: StaticString = "never ended"

  /// The value of `error`; `nil` if the span did not fail or has an `error` attribute of its own.
  let error: Text?
  /// The value of `otel.status_code`.
  let statusCode: StaticString?
  /// The description of the status, if `error` has another value.
  let statusDescription: Text?
  /// The place where the span was started, for spans that were never ended.
  let origin: Text?
  let kept: StaticString?
  let isInterrupted: Bool
  let hasLinks: Bool

  init(_ record: SpanRecord, _ summary: SpanSummary) {
    let (code, isFailed): (StaticString?, Bool) =
      switch summary.statusCode {
      case .unset: (nil, false)
      case .ok: ("OK", false)
      case .error: ("ERROR", true)
      }
    let message = summary.statusMessage
    statusCode = code
    isInterrupted = record.flags.has(.interrupted)
    let isOrphan = record.flags.has(.neverEnded)
    if isInterrupted || isOrphan {
      error = isInterrupted ? Text(Self.interrupted) : Text(Self.neverEnded)
      statusDescription = isFailed && !message.isEmpty ? message : nil
    } else {
      statusDescription = nil
      if !isFailed {
        error = nil
      } else if !message.isEmpty {
        error = message
      } else {
        error = Self.namesItsError(record, summary) ? nil : Self.exceptionText(record, summary)
      }
    }
    let hasNoEnd = isInterrupted || isOrphan || record.durationNanoseconds == 0
    origin = hasNoEnd ? summary.origin?.valueUTF8 : nil
    kept =
      switch record.kept {
      case .headDecision: nil
      case .error: "error"
      case .slow: "slow"
      }
    hasLinks = summary.links > 0
  }

  /// Whether an attribute is omitted: a tag replaces it, or it is `error` = false, which Zipkin would take for a
  /// failure ("it SHOULD be removed").
  @inline(__always)
  func replaces(_ field: RecordField, key: Text) -> Bool {
    guard key.count >= 5 else { return false }
    switch key[0] {
    case UInt8(ascii: "e"): return key == "error" && (error != nil || Self.isFalse(field))
    case UInt8(ascii: "o"), UInt8(ascii: "s"), UInt8(ascii: "l"): return reserves(key)
    default: return false
    }
  }

  /// Whether a tag with this key is added to the attributes.
  func reserves(_ key: Text) -> Bool {
    key == "error" && error != nil
      || key.hasPrefix("otel.") && reservesOpenTelemetry(key)
      || key.hasPrefix("spoor.") && reservesSpoor(key)
      || hasLinks && key.hasPrefix("link.")
  }

  private func reservesOpenTelemetry(_ key: Text) -> Bool {
    key == "otel.status_code" && statusCode != nil
      || key == "otel.status_description" && statusDescription != nil
      || key == "otel.dropped_attributes_count" || key == "otel.dropped_events_count"
      || key == "otel.dropped_links_count"
  }

  private func reservesSpoor(_ key: Text) -> Bool {
    key == "spoor.kept" && kept != nil || key == "spoor.interrupted" && isInterrupted
      || key == "spoor.origin" && origin != nil
  }

  private static func isFalse(_ field: RecordField) -> Bool {
    switch field.type {
    case .bool: unsafe field.value.first != 1
    case .string: field.valueUTF8 == "false"
    default: false
    }
  }

  /// Whether an attribute `error` describes the failure of the span.
  private static func namesItsError(_ record: SpanRecord, _ summary: SpanSummary) -> Bool {
    guard summary.attributes > 0, summary.keys.mayContain("error") else { return false }
    return record.fields.contains { field in
      field.isAttribute && field.keyUTF8 == "error" && !isFalse(field) && !field.valueUTF8.isEmpty
    }
  }

  /// The message, else the type, of the last recorded exception. If there is none, because exceptions are log records
  /// or the error was only named, the attribute `error.type`; empty if that is missing too, as the mapping requires.
  private static func exceptionText(_ record: SpanRecord, _ summary: SpanSummary) -> Text {
    var message = "" as Text
    if summary.attributes > 0, summary.keys.mayContain("error.type") {
      for field in record.fields where field.isAttribute && field.isText && field.keyUTF8 == "error.type" {
        message = field.valueUTF8
      }
    }
    guard summary.events > 0 else { return message }
    for event in record.fields where event.isEvent && event.keyUTF8 == "exception" {
      var type = "" as Text
      message = ""
      for field in event.nestedFields(after: 8) where field.isAttribute && field.isText {
        if field.keyUTF8 == "exception.message" { message = field.valueUTF8 }
        if field.keyUTF8 == "exception.type" { type = field.valueUTF8 }
      }
      if message.isEmpty { message = type }
    }
    return message
  }
}
