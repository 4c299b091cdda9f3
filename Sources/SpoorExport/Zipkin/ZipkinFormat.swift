// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// The syntax of a Zipkin span. The functions are called in the order of Zipkin's fields; absent fields are skipped.
/// ``ZipkinMapping`` decides the content of a span, a format only its syntax.
protocol ZipkinFormat {
  /// Begins a span. The returned value is passed to ``closeSpan(_:_:)``.
  static func openSpan(_ output: inout GrowingBytes) -> Int
  /// Writes the ids. A 64-bit trace id has `traceIDHigh` 0; a root has `parent` 0.
  static func ids(
    traceIDHigh: UInt64, traceIDLow: UInt64, parent: UInt64, span: UInt64, _ output: inout GrowingBytes)
  static func kind(_ kind: SpanRecordKind, _ output: inout GrowingBytes)
  static func name(_ name: Text, _ output: inout GrowingBytes)
  /// Writes the start in microseconds since 1970.
  static func timestamp(_ microseconds: UInt64, _ output: inout GrowingBytes)
  /// Writes the duration in microseconds, at least 1.
  static func duration(_ microseconds: UInt64, _ output: inout GrowingBytes)
  static func localEndpoint(_ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes)
  static func remoteEndpoint(_ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes)
  /// Writes the `index`-th annotation of the span, counted from 0.
  static func annotation(_ index: Int, microseconds: UInt64, value: Text, _ output: inout GrowingBytes)
  static func closeAnnotations(_ output: inout GrowingBytes)
  /// Writes the `index`-th tag of the span, counted from 0. No key occurs twice.
  static func tag(_ index: Int, key: Text, value: Text, _ output: inout GrowingBytes)
  static func closeTags(_ output: inout GrowingBytes)
  static func debug(_ output: inout GrowingBytes)
  static func shared(_ output: inout GrowingBytes)
  static func closeSpan(_ opened: Int, _ output: inout GrowingBytes)
}
