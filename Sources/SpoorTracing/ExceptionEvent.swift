internal import SpoorJournal
internal import SpoorStacks
internal import Tracing

/// How an error looks on a span: OpenTelemetry's event `exception`.
///
/// https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
enum ExceptionEvent {
  static let name = "exception"
  static let messageKey = "exception.message"

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
