internal import CSpoor
internal import Logging
package import SpoorContext
internal import SpoorTracing

/// Lines below the written level that are kept back until their trace fails.
extension LogPipeline: TraceWatcher {
  /// Takes a record that is written only if its trace fails.
  func hold(_ record: borrowing LogRecord, of trace: LogTrace) {
    guard let heldLines else { return }
    let line = line(of: record)
    if heldLines.take(line, high: trace.traceIDHigh, low: trace.traceIDLow) == .write { writeLine(line) }
  }

  package func traceFailed(_ traceID: TraceID) { release(high: traceID.high, low: traceID.low) }

  package func localRootEnded(_ traceID: TraceID) { heldLines?.forget(high: traceID.high, low: traceID.low) }

  /// Writes what was kept of a trace that has failed.
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
