// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import SpoorContext
package import SpoorJournal
package import SpoorTracing
internal import Tracing

/// The format and size limits of log records.
package struct LogSettings: Sendable {
  /// The name of the service, which is a field of every record.
  package var service: String
  /// Digits after the second: 3, 6 or 9. Default 3.
  package var timestampDigits = 3
  /// The maximum size of a record with its line end, in bytes. Default 15 KiB, because container runtimes split lines
  /// at 16 KiB.
  package var recordBytes = 15 << 10
  /// The maximum size of one text, in bytes. Default 4 KiB.
  package var valueBytes = 4 << 10
  /// The maximum size of a stack trace, in bytes. Default 8 KiB. If a record is too long, the stack trace is cut first.
  package var stackBytes = 8 << 10
  /// Records below the written level, down to this one, are held and written if their trace fails. Default: none.
  package var heldLevel: Logger.Level?
  /// The maximum number of held lines for each trace. Default 50.
  package var heldLines = 50
  /// The number of log events of a trace that are written with its next failure. Default 10, 0 for none.
  package var breadcrumbs = 10
  /// The names of the built-in fields.
  package var preset = LogPreset.spoor
  /// The version of the service, for presets that have a name for it; `nil` if it is not known.
  package var serviceVersion: String?
  /// The Google Cloud project, for the name of a trace.
  package var googleCloudProject: String?
  /// The names of the error fields.
  package var errorNames = ErrorNames.ecs
  /// Whether a logged `CancellationError` is written as an error. By default the record gets `cancelled` instead.
  package var cancellationIsError = false
  /// How long a line waits for the names of its stacks, in nanoseconds. Default 2 s: the first
  /// time, the debug information of the whole program is read.
  package var stackPatience: UInt64 = 2_000_000_000
  /// The limit for repeated lines; `nil` writes all of them.
  package var sampling: LogSampling?
  /// The maximum nesting depth of dictionaries and arrays. Default 8.
  package var depth = 8
  /// The rules for values that must not be written.
  package var redaction = Redaction()
  /// Whether a value with these attributes must not be written.
  package var isSensitive: @Sendable (Logger.MetadataValueAttributes) -> Bool = { $0[Sensitivity.self] == .sensitive }
  /// Baggage keys that become fields of a request's records, unless the caller has a field of that name.
  package var baggageFields: [String] = []
  /// Fields of every record after `logger`, sorted by key.
  package var fields: [(key: String, value: String)] = []

  /// Whether records have the place of the call: `logger.source`, `code.file.path` and `code.line.number`. Default: no.
  package var recordsSource = false

  package init(service: String) { self.service = service }

  /// The configured entries of the current request's baggage.
  var baggageOfCurrentContext: [(key: String, value: String)] {
    guard !baggageFields.isEmpty, let baggage = ServiceContext.current?.baggage else { return [] }
    return baggageFields.compactMap { key in baggage[key].map { (key, $0) } }
  }
}
