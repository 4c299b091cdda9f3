// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// The span in which an error was thrown. It may have ended since.
public struct SpanAtThrow: Sendable, Hashable {
  /// High 64 bits of the trace id.
  public let traceIDHigh: UInt64
  /// Low 64 bits of the trace id.
  public let traceIDLow: UInt64
  /// The span's id.
  public let spanID: UInt64
  /// The index of its slot in the journal; nil for a span that is not recorded.
  package let slot: UInt32?
  /// The slot's generation when the span took it.
  package let generation: UInt32

  init(_ reference: spoor_span_ref) {
    traceIDHigh = reference.trace_high
    traceIDLow = reference.trace_low
    spanID = reference.span_id
    slot = reference.slot == .max ? nil : reference.slot
    generation = reference.generation
  }
}
