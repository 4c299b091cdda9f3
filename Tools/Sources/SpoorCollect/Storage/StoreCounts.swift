/// How much a store holds, and what became of the rest.
struct StoreCounts: Sendable, Hashable {
  /// Traces held.
  var traces = 0
  /// Spans held, pieces of one span counted each.
  var spans = 0
  /// Log records held.
  var logs = 0
  /// Bytes of the pages in use.
  var bytes = 0
  /// Spans ever taken.
  var spansTaken = 0
  /// Log records ever taken.
  var logsTaken = 0
  /// Traces evicted because of the bound.
  var tracesEvicted = 0
  /// Spans evicted with them.
  var spansEvicted = 0
  /// Spans that were answered 429 or 503.
  var spansRefused = 0
  /// Log records without a trace's id, which are not kept.
  var logsWithoutTrace = 0

  /// The counters that outlive the process, by their names in the store.
  static let kept: [(String, any WritableKeyPath<StoreCounts, Int> & Sendable)] = [
    ("traces", \.traces), ("spans", \.spans), ("logs", \.logs), ("spansTaken", \.spansTaken),
    ("logsTaken", \.logsTaken), ("tracesEvicted", \.tracesEvicted), ("spansEvicted", \.spansEvicted),
  ]
}
