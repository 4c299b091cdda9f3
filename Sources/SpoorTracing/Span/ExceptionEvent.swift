// SPDX-License-Identifier: Apache-2.0

internal import SpoorJournal
internal import SpoorStacks
internal import Tracing

/// The form of an error on a span: OpenTelemetry's event `exception`.
///
/// https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
enum ExceptionEvent {
  static let name = "exception"
  static let messageKey = "exception.message"

  /// The keys in order of importance.
  static let keys = ["exception.type", "exception.message"]

  /// The attributes that fit into the room that is reserved for one error in each span.
  static func essential(of failure: CapturedFailure) -> SpanAttributes {
    func short(_ text: String) -> SpanAttribute {
      .string(text.utf8.count <= 1000 ? text : "\(text.prefix(200))…(shortened)")
    }
    return ["exception.type": short(failure.qualifiedType), "exception.message": short(failure.message)]
  }

  static func attributes(of failure: CapturedFailure) -> SpanAttributes {
    ["exception.type": .string(failure.qualifiedType), "exception.message": .string(failure.message)]
  }

  /// The message of the last recorded error, or an empty text.
  static func message(in record: SpanRecord) -> String {
    var message = ""
    for field in record.fields where field.kind == .event && field.keyText == name {
      for attribute in field.nestedFields(after: 8) where attribute.keyText == "exception.message" {
        message = unsafe String(decoding: attribute.value, as: UTF8.self)
      }
    }
    return message
  }
}
