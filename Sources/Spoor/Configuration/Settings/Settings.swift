/// All settings, in the order of the table.
package enum Settings {
  /// A part of the table.
  package struct Group: Sendable {
    package let title: String
    package let settings: [Setting]
  }

  package static let groups = [
    Group(title: "Who we are", settings: identity), Group(title: "Where spans go", settings: sending),
    Group(title: "Which traces, and how they travel", settings: tracing),
    Group(title: "Failures", settings: failures), Group(title: "The journal", settings: journal),
    Group(title: "Log records", settings: logging), Group(title: "The whole", settings: whole),
  ]

  package static var all: [Setting] { groups.flatMap(\.settings) }

  /// Variables of OpenTelemetry's that mean something elsewhere and nothing here, and what does it here.
  package static let unsupported = [
    (variable: "OTEL_BSP_MAX_QUEUE_SIZE", instead: "SPOOR_JOURNAL_BYTES: spans wait in the journal, not in a queue"),
    (variable: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", instead: "SPOOR_BATCH_BYTES: batches are cut by bytes"),
    (variable: "OTEL_BSP_EXPORT_TIMEOUT", instead: "OTEL_EXPORTER_ZIPKIN_TIMEOUT"),
  ]

  /// Up to an hour.
  static let upToAnHour = 1...3_600_000
}
