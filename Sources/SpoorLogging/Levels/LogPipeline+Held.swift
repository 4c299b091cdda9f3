// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import Logging
internal import SpoorBase
package import SpoorContext
internal import SpoorTracing

/// Holding lines below the written level until their trace fails.
extension LogPipeline: TraceWatcher {
  /// Holds a record that is written only if its trace fails.
  func hold(_ record: borrowing LogRecord, of trace: LogTrace) {
    guard let heldLines else { return }
    let line = line(of: record)
    if heldLines.take(line, high: trace.traceIDHigh, low: trace.traceIDLow) == .write { writeLine(line) }
  }

  package func traceFailed(_ traceID: TraceID) { release(high: traceID.high, low: traceID.low) }

  package func localRootEnded(_ traceID: TraceID) { heldLines?.forget(high: traceID.high, low: traceID.low) }

  /// Logs how many held lines were dropped because too many traces held lines at the same time. The writer's thread
  /// calls it once a second.
  ///
  /// - Parameter isLast: false logs at most once a minute.
  package func reportEvictedLines(isLast: Bool = false) {
    guard let heldLines else { return }
    let now = spoor_monotonic_ns()
    let isDue = evictionsReported.withLock { last in
      guard isLast || last == 0 || now &- last >= 60_000_000_000 else { return false }
      return true
    }
    guard isDue else { return }
    let evicted = heldLines.takeEvictions()
    guard evicted.lines > 0 else { return }
    evictionsReported.withLock { $0 = now }
    write(
      LogRecord(
        time: spoor_realtime_ns(), level: .warning, message: "held_lines_evicted", logger: "spoor",
        fields: LogFields(call: [
          "count": .stringConvertible(evicted.lines), "traces": .stringConvertible(evicted.traces),
          "limit_traces": .stringConvertible(HeldLines.traces),
          "reason": "more traces held lines at the same time than there is room for",
        ])))
  }

  /// Writes the held lines of a trace that has failed.
  func release(high: UInt64, low: UInt64) {
    guard let release = heldLines?.release(high: high, low: low) else { return }
    if release.dropped > 0 {
      let record = LogRecord(
        time: spoor_realtime_ns(), level: .notice, message: "held_lines_dropped", logger: "spoor",
        trace: LogTrace.current.flatMap { $0.traceIDLow == low && $0.traceIDHigh == high ? $0 : nil },
        fields: LogFields(call: ["count": .stringConvertible(release.dropped)]))
      writeLine(line(of: record))
    }
    for line in release.lines { writeLine(line) }
  }
}
