// SPDX-License-Identifier: Apache-2.0

extension Journal {
  /// Counts the open spans. It reads every slot, so call it rarely. Spans in lost pages are not counted.
  package func countOpenSpans() -> Int {
    (0..<pool.touchedCount).count { slots.state($0) == SlotState.open.rawValue }
  }

  /// Calls `body` once for every span that has been open since before `monotonic` and marks it as reported. Only the
  /// shipper calls it. Unsampled spans that wait for the keep rules are left out, because the rules may discard them.
  ///
  /// The span's lock is held meanwhile: `body` must copy what it needs and return. A span that starts or ends at the
  /// same time is skipped; the next call sees it if it is still open.
  ///
  /// - Parameters:
  ///   - monotonic: nanoseconds of the monotonic clock.
  ///   - limit: the maximum number of spans in one call; the next call continues.
  /// - Returns: the number of spans.
  package func reportOpenSpans(
    startedBefore monotonic: UInt64, limit: Int = 1000, _ body: (SpanRecord) -> Void
  ) -> Int {
    var reported = 0
    for index in 0..<pool.touchedCount where slots.state(index) == SlotState.open.rawValue {
      guard reported < limit else { break }
      slots.lock(index)
      defer { slots.unlock(index) }
      guard slots.state(index) == SlotState.open.rawValue,
        slots.read(index, SlotLayout.startMonotonic, as: UInt64.self) < monotonic,
        slots.read(index, SlotLayout.awaitsVerdict, as: UInt8.self) == 0
      else { continue }
      let flags = SpanRecordFlags(rawValue: slots.read(index, SlotLayout.flags))
      guard !flags.contains(.reportedOpen) else { continue }
      slots.write(flags.union(.reportedOpen).rawValue, index, SlotLayout.flags)
      SlotReader(slots: slots).withRecord(index, body)
      reported += 1
    }
    return reported
  }
}
