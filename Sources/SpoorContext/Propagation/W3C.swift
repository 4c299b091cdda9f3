// SPDX-License-Identifier: Apache-2.0

// W3C Trace Context, Level 1, and of Level 2 the grammar of tracestate's keys and the random flag.

extension TraceContext {
  private static let sampledFlag: UInt8 = 0b01
  private static let randomFlag: UInt8 = 0b10

  /// The context as the value of a `traceparent` header, version 00.
  ///
  /// A 64-bit trace id is padded with zeros on the left. W3C carries neither the parent nor the difference between "not
  /// sampled" and "undecided" (both are flag 00) or between "sampled" and "debug" (both are 01).
  public var traceparent: String {
    ASCIIWriter.string(capacity: 2 + 1 + 32 + 1 + 16 + 1 + 2) { text in
      text.append(hex: 0)
      text.append(UInt8(ascii: "-"))
      text.appendPadded(traceID)
      text.append(UInt8(ascii: "-"))
      text.append(spanID)
      text.append(UInt8(ascii: "-"))
      text.append(hex: (sampling.isSampled ? Self.sampledFlag : 0) | (hasRandomTraceID ? Self.randomFlag : 0))
    }
  }

  /// Reads the value of a `traceparent` header, and of `tracestate` where there is one.
  ///
  /// Blanks around the value are ignored. `nil` if any part of `traceparent` breaks a rule: 55 bytes, lower case, no id
  /// of zeros, no version `ff`, nothing after the flags in version 00. A higher version may have more, after a `-`. An
  /// invalid `tracestate` is dropped without affecting `traceparent`. Flags that Level 2 does not define are not passed
  /// on.
  public init?(traceparent: String, tracestate: String? = nil) {
    guard let context = HeaderReader.read(traceparent, trimsBlanks: true, { TraceContext(traceparent: &$0) })
    else { return nil }
    self = context
    traceState = tracestate.flatMap(TraceState.init(header:))
  }

  private init?(traceparent reader: inout HeaderReader) {
    guard
      let version = reader.hexByte(), version != 0xFF, reader.take(UInt8(ascii: "-")),
      let traceID = reader.paddedTraceID(), reader.take(UInt8(ascii: "-")),
      let spanID = reader.spanID(), reader.take(UInt8(ascii: "-")),
      let flags = reader.hexByte()
    else { return nil }
    if version > 0, reader.take(UInt8(ascii: "-")) { reader.skipRest() }
    self.init(
      traceID: traceID,
      spanID: spanID,
      sampling: flags & Self.sampledFlag != 0 ? .sampled : .notSampled,
      hasRandomTraceID: flags & Self.randomFlag != 0)
  }
}
