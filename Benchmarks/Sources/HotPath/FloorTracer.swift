// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tracing

/// A tracer that does the minimum: ids, a context with them, two clock readings, and the attributes in the API's own
/// type. It checks, locks, keeps and sends nothing. No tracer of this API costs less.
struct FloorTracer: Tracer {
  typealias Span = FloorSpan

  let isSampled: Bool

  /// `@unchecked Sendable` holds only because each span of the benchmark stays on its thread. A real tracer needs a
  /// lock in addition.
  final class FloorSpan: Tracing.Span, @unchecked Sendable {
    let context: ServiceContext
    let start: UInt64
    private var end: UInt64 = 0
    let isRecording: Bool
    var operationName: String
    private var kept: SpanAttributes = [:]

    init(_ name: String, _ context: ServiceContext, isRecording: Bool) {
      operationName = name
      self.context = context
      self.isRecording = isRecording
      start = isRecording ? now() : 0
    }

    var attributes: SpanAttributes {
      get { kept }
      set { if isRecording { kept = newValue } }
      _modify {
        guard isRecording else {
          var none: SpanAttributes = [:]
          yield &none
          return
        }
        yield &kept
      }
    }

    func setStatus(_ status: SpanStatus) {}
    func addEvent(_ event: SpanEvent) {}
    func addLink(_ link: SpanLink) {}
    func recordError<Instant: TracerInstant>(
      _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {}
    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
      if isRecording { end = now() }
    }
  }

  func startSpan<Instant: TracerInstant>(
    _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
  ) -> FloorSpan {
    var context = context()
    let parent = context[IDs.Key.self]
    let low = parent?.low ?? Self.random()
    context[IDs.Key.self] = IDs(
      high: parent?.high ?? Self.random(), low: low, span: Self.random(), parent: parent?.span ?? 0,
      isSampled: isSampled)
    return FloorSpan(operationName, context, isRecording: isSampled)
  }

  func inject<Carrier, Inject: Injector>(_ context: ServiceContext, into carrier: inout Carrier, using injector: Inject)
  where Inject.Carrier == Carrier {}
  func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
  ) where Extract.Carrier == Carrier {}
  func forceFlush() {}

  private struct IDs {
    enum Key: ServiceContextKey { typealias Value = IDs }
    var high, low, span, parent: UInt64
    var isSampled: Bool
  }

  /// SplitMix64 (Steele, Lea, Flood 2014). All calls come from one thread.
  private static func random() -> UInt64 {
    unsafe state &+= 0x9E37_79B9_7F4A_7C15
    var z = unsafe state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  nonisolated(unsafe) private static var state = UInt64.random(in: 0 ... .max)
}

private func now() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
