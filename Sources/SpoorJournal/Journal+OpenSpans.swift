extension Journal {
  /// Hands every span that has been open since before `monotonic` to `body`, once in its life, and marks it as
  /// reported. The shipper's.
  ///
  /// The span's lock is held meanwhile: `body` copies what it needs and returns. A span that starts or ends at the same
  /// time is passed over; the next call sees it if it is still open.
  ///
  /// - Parameters:
  ///   - monotonic: nanoseconds of the monotonic clock.
  ///   - limit: at most so many in one call; the others come with the next one.
  /// - Returns: how many were handed out.
  package func reportOpenSpans(
    startedBefore monotonic: UInt64, limit: Int = 1000, _ body: (SpanRecord) -> Void
  ) -> Int {
    var reported = 0
    for index in 0..<pool.touchedCount where slots.state(index) == SlotState.open.rawValue {
      guard reported < limit else { break }
      slots.lock(index)
      defer { slots.unlock(index) }
      guard slots.state(index) == SlotState.open.rawValue,
        slots.read(index, SlotLayout.startMonotonic, as: UInt64.self) < monotonic
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
