// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorContext
internal import SpoorJournal
internal import Tracing

/// A hook that inspects each recorded span at its end, and may change or drop it. (Brave's `SpanHandler`,
/// OpenTelemetry's `onEnding`.)
///
/// ```swift
/// configuration.spans.hooks = [
///   .defaultTags(["deployment.environment": "production"]),
///   SpanHook { span in
///     if span.name == "/health" { return .drop }
///     if case .int64(let status)? = span["http.response.status_code"], status == 404 { span.name = "not found" }
///     return .keep
///   },
/// ]
/// ```
/// A hook runs inside `end` on the calling thread, when no other code can write to the span any more: it reads the
/// final values, and its changes are sent. It may call any code, including spans and loggers, but its time is the
/// caller's. Hooks run in order; after one drops the span, the rest do not run.
///
/// Hooks do not see spans that were open when the process died (these are reported as written; redaction happens before
/// anything is written, so they hold no secret), unsampled spans, or the reports of long-open spans. Dropping a span
/// leaves its children without a parent.
public struct SpanHook: Sendable {
  /// The outcome for a span.
  public enum Fate: Sendable, Hashable {
    /// The span is sent in its current form.
    case keep
    /// The span is not sent.
    case drop
  }

  let body: @Sendable (borrowing EndingSpan) -> Fate

  /// Creates a hook from a closure.
  public init(_ body: @escaping @Sendable (borrowing EndingSpan) -> Fate) { self.body = body }

  /// Adds these tags to each span that does not have the key.
  public static func defaultTags(_ tags: [String: String]) -> SpanHook {
    let tags = tags.sorted { $0.key < $1.key }
    return SpanHook { span in
      for (key, value) in tags where span[key] == nil { span[key] = .string(value) }
      return .keep
    }
  }

  /// Drops spans whose name matches the pattern; `*` matches any characters.
  public static func dropping(_ pattern: String) -> SpanHook {
    let pattern = NamePattern(pattern)
    return SpanHook { pattern.matches($0.name) ? .drop : .keep }
  }
}
