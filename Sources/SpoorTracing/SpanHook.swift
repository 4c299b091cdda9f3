internal import SpoorContext
internal import SpoorJournal
internal import Tracing

/// Looks at each recorded span at its end, and changes or drops it. (Brave's `SpanHandler`, OpenTelemetry's `onEnding`.)
///
/// ```swift
/// configuration.spanHooks = [
///   .defaultTags(["deployment.environment": "production"]),
///   SpanHook { span in
///     if span.name == "/health" { return .drop }
///     if case .int64(let status)? = span["http.response.status_code"], status == 404 { span.name = "not found" }
///     return .keep
///   },
/// ]
/// ```
/// A hook runs inside `end`, on the thread that calls it, when nobody else can write to the span any more: what it reads is
/// final, and what it changes is what is sent. It may call what it likes, other spans and loggers too; its time is the
/// caller's. Hooks are run in their order; after one that drops the span, no further one is.
///
/// What hooks do not see: spans that the process was in the middle of when it died (they are reported as they lie; the
/// redaction has been before anything is written, so they hold no secret), spans that were not sampled, and the reports of
/// spans that are open for long. A dropped span leaves the spans below it without their parent.
public struct SpanHook: Sendable {
  /// What becomes of a span.
  public enum Fate: Sendable, Hashable {
    /// It is sent, as it is now.
    case keep
    /// It is not.
    case drop
  }

  let body: @Sendable (borrowing EndingSpan) -> Fate

  /// A hook that is this closure.
  public init(_ body: @escaping @Sendable (borrowing EndingSpan) -> Fate) { self.body = body }

  /// Gives each span these tags, where it has none of that key.
  public static func defaultTags(_ tags: [String: String]) -> SpanHook {
    let tags = tags.sorted { $0.key < $1.key }
    return SpanHook { span in
      for (key, value) in tags where span[key] == nil { span[key] = .string(value) }
      return .keep
    }
  }

  /// Drops spans whose name is as the pattern says; `*` stands for any characters.
  public static func dropping(_ pattern: String) -> SpanHook {
    let pattern = NamePattern(pattern)
    return SpanHook { pattern.matches($0.name) ? .drop : .keep }
  }
}
