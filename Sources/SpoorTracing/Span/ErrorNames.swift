// SPDX-License-Identifier: Apache-2.0

/// The names under which the type, message and stack of a failure are written.
public enum ErrorNames: String, Sendable, Hashable, CaseIterable {
  /// `error.type`, `error.message`, `error.stack_trace`, as in the Elastic Common Schema.
  case ecs
  /// `exception.type`, `exception.message`, `exception.stacktrace`, as in OpenTelemetry. Fields without an
  /// OpenTelemetry name (causes, spans, fingerprint, …) stay below `error.`.
  case otel
}
