// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext
internal import SpoorJournal

extension TelemetryCapture {
  /// The differences between the recorded spans and one trace of this shape, one line a span; nil without differences.
  ///
  /// ```
  /// expected one trace:
  ///     place order (server)
  /// ~     charge; amount: expected "7", is "8"
  /// -     reserve
  /// +     audit
  /// ```
  public func difference(from shape: SpanShape) -> String? {
    let spans = spans()
    let traces = Dictionary(grouping: spans, by: \.traceID)
    guard traces.count == 1 else {
      return "expected one trace, found \(traces.count)\(Self.text(of: traces))"
    }
    let trees = SpanTree.trees(of: spans)
    guard trees.count == 1 else {
      return "expected one span at the top, found \(trees.count)\(Self.text(of: traces))"
    }
    let comparison = ShapeComparison(shape, trees.first)
    guard comparison.differences > 0 else { return nil }
    return (["expected one trace:"] + comparison.lines).joined(separator: "\n")
  }

  /// Waits until the spans are one trace of this shape, and returns them in the order of their starts.
  ///
  /// ```swift
  /// try await telemetry.expectTrace(SpanShape("place order", kind: .server) { SpanShape("reserve") })
  /// ```
  /// - Throws: ``TraceMismatch``, with the differences, after the limit, or as soon as all spans have ended.
  @discardableResult
  public func expectTrace(
    _ shape: SpanShape, within limit: Duration = .seconds(10)
  ) async throws -> [FinishedSpan] {
    let deadline = ContinuousClock.now + limit
    while true {
      let isSettled = openSpans == 0
      guard let difference = difference(from: shape) else {
        return spans().sorted { ($0.startNanoseconds, $0.spanID.rawValue) < ($1.startNanoseconds, $1.spanID.rawValue) }
      }
      // Another task may just be starting a span, so a mismatch counts only if a second look finds the same.
      if isSettled, openSpans == 0, self.difference(from: shape) == difference, !spans().isEmpty {
        throw TraceMismatch(difference: difference)
      }
      guard ContinuousClock.now < deadline else {
        throw TraceMismatch(difference: difference + "\n\(openSpans) spans are still open")
      }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  private static func text(of traces: [TraceID: [FinishedSpan]]) -> String {
    let texts = traces.sorted { $0.key.description < $1.key.description }.map { id, spans in
      (["", "trace \(id)"] + SpanTree.trees(of: spans).flatMap { $0.lines(indent: 1) }).joined(separator: "\n")
    }
    return texts.isEmpty ? "" : ":" + texts.joined()
  }
}

/// The spans are not the trace that was expected.
public struct TraceMismatch: Error, CustomStringConvertible {
  /// The differences, one line a span: `~` different, `-` missing, `+` unexpected.
  public let difference: String
  /// The differences, one line a span.
  public var description: String { difference }
}
