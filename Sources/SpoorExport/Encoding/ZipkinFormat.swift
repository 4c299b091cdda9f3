import SpoorBytes
import SpoorJournal

/// How a Zipkin span is written: the calls come in the order of Zipkin's fields, what is absent is not called.
/// ``ZipkinMapping`` decides what is in a span; a format only how it looks.
protocol ZipkinFormat {
  /// Begins a span; ``closeSpan(_:_:)`` gets what this returns.
  static func openSpan(_ output: inout GrowingBytes) -> Int
  /// Ids: a trace id of 64 bits has `traceIDHigh` 0; a root has `parent` 0.
  static func ids(
    traceIDHigh: UInt64, traceIDLow: UInt64, parent: UInt64, span: UInt64, _ output: inout GrowingBytes)
  static func kind(_ kind: SpanRecordKind, _ output: inout GrowingBytes)
  static func name(_ name: Text, _ output: inout GrowingBytes)
  /// Microseconds since 1970.
  static func timestamp(_ microseconds: UInt64, _ output: inout GrowingBytes)
  /// Microseconds, at least 1.
  static func duration(_ microseconds: UInt64, _ output: inout GrowingBytes)
  static func localEndpoint(_ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes)
  static func remoteEndpoint(_ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes)
  /// The `index`-th annotation of the span, counted from 0.
  static func annotation(_ index: Int, microseconds: UInt64, value: Text, _ output: inout GrowingBytes)
  static func closeAnnotations(_ output: inout GrowingBytes)
  /// The `index`-th tag of the span, counted from 0. No key comes twice.
  static func tag(_ index: Int, key: Text, value: Text, _ output: inout GrowingBytes)
  static func closeTags(_ output: inout GrowingBytes)
  static func debug(_ output: inout GrowingBytes)
  static func shared(_ output: inout GrowingBytes)
  static func closeSpan(_ opened: Int, _ output: inout GrowingBytes)
}
