package import Logging
internal import SpoorContext
package import SpoorJournal
package import SpoorTracing
internal import Tracing

/// How log records look and how large they may be.
package struct LogSettings: Sendable {
  /// The service's name, in every record.
  package var service: String
  /// Digits after the second: 3, 6 or 9. Default 3.
  package var timestampDigits = 3
  /// Bytes of a whole record with its line end. Default 15 KiB: container runtimes split lines at 16 KiB.
  package var recordBytes = 15 << 10
  /// Bytes of one text. Default 4 KiB.
  package var valueBytes = 4 << 10
  /// Bytes of a stack trace. Default 8 KiB; it is cut first where a record is too long.
  package var stackBytes = 8 << 10
  /// Records below the written level, down to this one, are kept back and written if their trace fails. Default: none.
  package var heldLevel: Logger.Level?
  /// Lines kept back for each trace. Default 50.
  package var heldLines = 50
  /// Log events of a trace that are shown with its next failure. Default 10, 0 for none.
  package var breadcrumbs = 10
  /// Under which names a record says what every record says.
  package var preset = LogPreset.spoor
  /// The service's version, where it is known: for presets that have a name for it.
  package var serviceVersion: String?
  /// Google Cloud's project, for the name of a trace.
  package var googleCloudProject: String?
  /// Under which names an error is written.
  package var errorNames = ErrorNames.ecs
  /// How long a line waits for the names of its stacks, in nanoseconds. Default 2 s: the first
  /// time, the debug information of the whole program is read.
  package var stackPatience: UInt64 = 2_000_000_000
  /// How much is written of lines that repeat; nil for all of them.
  package var sampling: LogSampling?
  /// How deep dictionaries and arrays may be nested; what is deeper is written as text. Default 8.
  package var depth = 8
  /// What must not be written down.
  package var redaction = Redaction()
  /// Whether a value with these attributes must not be written down.
  package var isSensitive: @Sendable (Logger.MetadataValueAttributes) -> Bool = { $0[Sensitivity.self] == .sensitive }
  /// Keys of baggage that become fields of the records of a request, where the caller has no field of that name.
  package var baggageFields: [String] = []
  /// Fields of every record, after `logger`, by their keys.
  package var fields: [(key: String, value: String)] = []

  package init(service: String) { self.service = service }

  /// The current request's baggage, as far as it is asked for.
  var baggageOfCurrentContext: [(key: String, value: String)] {
    guard !baggageFields.isEmpty, let baggage = ServiceContext.current?.baggage else { return [] }
    return baggageFields.compactMap { key in baggage[key].map { (key, $0) } }
  }
}
