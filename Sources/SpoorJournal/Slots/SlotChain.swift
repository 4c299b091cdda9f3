// SPDX-License-Identifier: Apache-2.0

/// The layout of a span over its slots, for both readers: ``SlotReader`` reads this process's memory, ``DeadJournal`` a
/// file.
enum SlotChain {
  /// Hands the fields of a span to `body`: in place if they lie in the head slot, otherwise copied together.
  ///
  /// - Parameters:
  ///   - head: the head slot, ``SlotLayout/size`` bytes.
  ///   - length: bytes of fields, at most 65 528. If the chain is shorter, `body` gets what there is.
  ///   - extension: the memory of an extension slot, valid until the next call; nil ends the chain.
  @inline(__always)
  static func withFields<Result>(
    head: UnsafeRawPointer, length: Int, extension slot: (_ index: UInt32) -> UnsafeRawPointer?,
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    if length <= SlotLayout.headCapacity {
      return try unsafe body(UnsafeRawBufferPointer(start: head + SlotLayout.headFields, count: length))
    }
    return try unsafe withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { scratch in
      unsafe scratch.copyMemory(
        from: UnsafeRawBufferPointer(start: head + SlotLayout.headFields, count: SlotLayout.headCapacity))
      var done = SlotLayout.headCapacity
      var link = unsafe head.load(fromByteOffset: SlotLayout.next, as: UInt32.self)
      // At most as many turns as the length allows, so a forged chain that forms a circle ends as well.
      while done < length, link != 0, let next = unsafe slot(link - 1) {
        let piece = min(SlotLayout.extensionCapacity, length - done)
        unsafe UnsafeMutableRawBufferPointer(rebasing: scratch[done..<done + piece]).copyMemory(
          from: UnsafeRawBufferPointer(start: next + SlotLayout.extensionFields, count: piece))
        done += piece
        link = unsafe next.load(fromByteOffset: SlotLayout.next, as: UInt32.self)
      }
      return try unsafe body(UnsafeRawBufferPointer(rebasing: scratch[..<done]))
    }
  }
}

extension SpanRecord {
  /// Reads the record's words from a head slot.
  ///
  /// - Parameters:
  ///   - head: the head slot, ``SlotLayout/size`` bytes, aligned to 8.
  ///   - duration: replaces the slot's own duration, for an interrupted span.
  ///   - added: flags besides those of the slot.
  @inline(__always)
  init(
    head: UnsafeRawPointer, duration: UInt64? = nil, adding added: SpanRecordFlags = SpanRecordFlags(),
    fields: UnsafeRawBufferPointer
  ) {
    func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
      unsafe head.load(fromByteOffset: offset, as: T.self)
    }
    unsafe self.init(
      traceIDHigh: load(SlotLayout.traceIDHigh), traceIDLow: load(SlotLayout.traceIDLow),
      spanID: load(SlotLayout.spanID), parentSpanID: load(SlotLayout.parentSpanID),
      startNanoseconds: load(SlotLayout.start), durationNanoseconds: duration ?? load(SlotLayout.duration),
      kind: SpanRecordKind(rawValue: load(SlotLayout.kind)) ?? .internal,
      flags: SpanRecordFlags(rawValue: load(SlotLayout.flags) | added.rawValue),
      kept: KeptReason(rawValue: load(SlotLayout.kept)) ?? .headDecision,
      droppedAttributes: Int(load(SlotLayout.droppedAttributes, as: UInt16.self)),
      droppedEvents: Int(load(SlotLayout.droppedEvents, as: UInt16.self)),
      droppedLinks: Int(load(SlotLayout.droppedLinks, as: UInt16.self)), fields: fields)
  }
}
