// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext
internal import SpoorJournal
internal import Tracing

/// What Spoor writes into a local root in addition to its caller: why it is sampled, its links, and tags from baggage.
struct RootNotes: Sendable {
  /// The baggage keys that become tags, in order.
  private let baggageTags: [String]

  init(baggageTags: Set<String>) { self.baggageTags = baggageTags.sorted() }

  /// Called once for each recorded local root, before any other thread can access its slot.
  @inline(__always)
  func write(
    _ result: SamplingResult, _ origin: RemoteOrigin?, _ context: ServiceContext, to slot: SlotReference,
    _ recorder: SpanRecorder
  ) {
    guard origin != nil || !result.reason.isEmpty || !baggageTags.isEmpty else { return }
    writeWhatThereIs(result, origin, context, to: slot, recorder)
  }

  @inline(never)
  private func writeWhatThereIs(
    _ result: SamplingResult, _ origin: RemoteOrigin?, _ context: ServiceContext, to slot: SlotReference,
    _ recorder: SpanRecorder
  ) {
    let baggage = baggageTags.isEmpty ? nil : context.baggage
    var tags: [(key: String, value: String)] = []
    if !result.reason.isEmpty { tags.append(("spoor.sampler", result.reason)) }
    if let upstream = origin?.upstream { tags.append(("spoor.upstream_span", upstream.description)) }
    for key in baggageTags {
      guard let value = baggage?[key] else { continue }
      // A user's redaction closure may run here, so the slot's lock is not held.
      tags.append((key, recorder.coding.written(value, for: key)))
    }
    _ = recorder.journal.write(slot) { writer in
      for (key, value) in tags { writer.setAttribute(key, value) }
      for link in origin?.links ?? [] {
        writer.addLink(
          traceIDHigh: link.traceID.high, traceIDLow: link.traceID.low, spanID: link.spanID.rawValue,
          attributes: FieldBuffer(), atMost: recorder.coding.limits.links)
      }
    }
  }
}
