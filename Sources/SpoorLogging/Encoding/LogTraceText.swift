// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// The encoded ids of a span, reused by consecutive records of the same span on a thread.
struct LogTraceText: ~Copyable, Sendable {
  private var trace = LogTrace(traceIDHigh: 0, traceIDLow: 0, spanID: 0, isSampled: false)
  private var text = GrowingBytes(capacity: Self.longest + 15)

  /// The maximum length in bytes.
  static let longest = 112

  /// Appends `,"trace_id":"…","span_id":"…","trace_flags":"01"`; the caller has made room for 15 more bytes.
  @inline(__always)
  mutating func append(_ trace: LogTrace, to output: inout BytesWriter) {
    if text.isEmpty || trace.spanID != self.trace.spanID || trace.traceIDLow != self.trace.traceIDLow
      || trace.traceIDHigh != self.trace.traceIDHigh || trace.isSampled != self.trace.isSampled
    {
      begin(trace)
    }
    unsafe text.withBytes { unsafe output.appendBlocks($0) }
  }

  @inline(never)
  private mutating func begin(_ trace: LogTrace) {
    self.trace = trace
    text.removeAll()
    text.write(upTo: Self.longest) { output in
      output.append(",\"trace_id\":\"")
      if trace.traceIDHigh != 0 { output.appendHex(trace.traceIDHigh) }
      output.appendHex(trace.traceIDLow)
      output.append("\",\"span_id\":\"")
      output.appendHex(trace.spanID)
      output.append("\",\"trace_flags\":\"0")
      output.appendInteger(UInt8(ascii: trace.isSampled ? "1" : "0"))
      output.append("\"")
    }
  }
}
