// SPDX-License-Identifier: Apache-2.0

/// The names of the built-in fields in a record.
///
/// The caller's fields keep their names; one that clashes with a name of the preset is written as `fields.NAME`. Fields
/// for which a backend has no name (`error.causes`, `error.spans`, `error.handled`, …) keep Spoor's.
public enum LogPreset: String, Sendable, Hashable, CaseIterable {
  /// Spoor's names: `timestamp`, `level`, `service`, `trace_id`, `span_id`, `trace_flags`, `event`, `logger`. The names
  /// of the ids are those of OpenTelemetry's "Trace Context in non-OTLP Log Formats".
  case spoor

  /// The Elastic Common Schema 8.11, as its logging libraries write it: `@timestamp`, `log.level` and `message` first
  /// and flat, `ecs.version`, `service.name`, `service.version`, `trace.id`, `span.id`, `log.logger`, `error.type`,
  /// `error.message`, `error.stack_trace`. ECS has no name for the sampled flag, which is left out.
  ///
  /// Sources: https://www.elastic.co/docs/reference/ecs/logging/intro, the logging specification that Elastic's
  /// libraries share (https://github.com/elastic/ecs-logging/blob/main/spec/spec.json), and the field references
  /// "Base", "Log", "Service", "Tracing" and "Error" of https://www.elastic.co/docs/reference/ecs.
  case ecs

  /// Google Cloud Logging's special fields: `time`, `severity` (of `LogSeverity`; `trace` is `DEBUG`), `message`,
  /// `logging.googleapis.com/trace` (`projects/PROJECT/traces/ID` where the project is known, the id alone where not,
  /// which is enough on standard output), `logging.googleapis.com/spanId`, `logging.googleapis.com/trace_sampled`; and
  /// for Error Reporting `serviceContext` and `stack_trace`.
  ///
  /// Sources: https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields,
  /// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity,
  /// https://cloud.google.com/error-reporting/docs/formatting-error-messages.
  case googleCloud = "gcp"

  /// Datadog's reserved and standard attributes: `timestamp`, `status`, `service`, `message`, `dd.trace_id` (32
  /// hexadecimal digits, as its SDKs write ids of 128 bits; decimal for those of 64), `dd.span_id` (decimal),
  /// `dd.service`, `dd.version`, `logger.name`, `error.kind`, `error.message`, `error.stack`.
  ///
  /// Sources: https://docs.datadoghq.com/logs/log_configuration/attributes_naming_convention/,
  /// https://docs.datadoghq.com/tracing/other_telemetry/connect_logs_and_traces/,
  /// https://docs.datadoghq.com/tracing/guide/span_and_trace_id_format/,
  /// https://docs.datadoghq.com/error_tracking/backend/logs/; the format of ids as in
  /// https://github.com/DataDog/dd-trace-go/pull/1746.
  case datadog
}
