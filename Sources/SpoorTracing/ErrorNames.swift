/// Under which names a failure's type, message and stack are written.
public enum ErrorNames: String, Sendable, Hashable, CaseIterable {
  /// `error.type`, `error.message`, `error.stack_trace`, as the Elastic Common Schema has them.
  case ecs
  /// `exception.type`, `exception.message`, `exception.stacktrace`, as OpenTelemetry has them. What OpenTelemetry has no
  /// name for (causes, spans, fingerprint …) stays below `error.`.
  case otel
}
