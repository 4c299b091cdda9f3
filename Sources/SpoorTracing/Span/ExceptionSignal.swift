// SPDX-License-Identifier: Apache-2.0

package import SpoorStacks
package import Tracing

/// Where the errors go that spans record: what OpenTelemetry calls the signal of an exception.
///
/// https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/
public enum ExceptionSignal: String, Sendable, Hashable, CaseIterable {
  /// To an event `exception` of the span, with the stack of the throw beside it.
  case spanEvents = "span_events"
  /// To a log record `exception` with the span's ids, once for each error: not at all if the error was logged before.
  /// The span keeps `error.type` and the record's number as `error.same_as`.
  case logs
  /// To both.
  case logsAndSpanEvents = "logs/dup"

  var hasSpanEvents: Bool { self != .logs }
  var hasLogs: Bool { self != .spanEvents }

  /// The places where an error that a span records is written in full.
  var sinks: CapturedFailure.Sinks {
    switch self {
    case .spanEvents: .span
    case .logs: .log
    case .logsAndSpanEvents: [.log, .span]
    }
  }
}

/// Writes the errors that spans record as log records. It is called on the thread of the span.
package protocol ExceptionLog: Sendable {
  /// Writes one error, unless it was logged before.
  ///
  /// - Parameters:
  ///   - attributes: what the caller of `recordError` gave beside the error.
  ///   - time: nanoseconds since 1970.
  ///   - span: the span that records the error, sampled or not.
  func write(_ failure: CapturedFailure, attributes: SpanAttributes, atNanoseconds time: UInt64, in span: SpanCore)
}
