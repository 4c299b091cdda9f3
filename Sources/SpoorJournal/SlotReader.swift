/// Reads a span out of its slots: in place where it lies in one, gathered into scratch memory where it is a chain.
struct SlotReader {
  let slots: SlotMemory

  func withRecord<Result>(_ index: UInt32, _ body: (SpanRecord) throws -> Result) rethrows -> Result {
    let length = Int(slots.read(index, SlotLayout.length, as: UInt32.self))
    if length <= SlotLayout.headCapacity {
      return try body(
        unsafe record(
          index, UnsafeRawBufferPointer(start: slots.address(index) + SlotLayout.headFields, count: length)))
    }
    return try unsafe withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { scratch in
      unsafe scratch.copyMemory(
        from: UnsafeRawBufferPointer(
          start: slots.address(index) + SlotLayout.headFields, count: SlotLayout.headCapacity))
      var done = SlotLayout.headCapacity
      var link: UInt32 = slots.read(index, SlotLayout.next)
      while done < length, link != 0 {
        let piece = min(SlotLayout.extensionCapacity, length - done)
        unsafe (scratch.baseAddress! + done).copyMemory(
          from: slots.address(link - 1) + SlotLayout.extensionFields, byteCount: piece)
        done += piece
        link = slots.read(link - 1, SlotLayout.next)
      }
      return try body(unsafe record(index, UnsafeRawBufferPointer(rebasing: scratch[..<done])))
    }
  }

  private func record(_ index: UInt32, _ fields: UnsafeRawBufferPointer) -> SpanRecord {
    unsafe SpanRecord(
      traceIDHigh: slots.read(index, SlotLayout.traceIDHigh), traceIDLow: slots.read(index, SlotLayout.traceIDLow),
      spanID: slots.read(index, SlotLayout.spanID), parentSpanID: slots.read(index, SlotLayout.parentSpanID),
      startNanoseconds: slots.read(index, SlotLayout.start),
      durationNanoseconds: slots.read(index, SlotLayout.duration),
      kind: SpanRecordKind(rawValue: slots.read(index, SlotLayout.kind)) ?? .internal,
      flags: SpanRecordFlags(rawValue: slots.read(index, SlotLayout.flags)),
      kept: KeptReason(rawValue: slots.read(index, SlotLayout.kept)) ?? .headDecision,
      droppedAttributes: Int(slots.read(index, SlotLayout.droppedAttributes, as: UInt16.self)),
      droppedEvents: Int(slots.read(index, SlotLayout.droppedEvents, as: UInt16.self)),
      droppedLinks: Int(slots.read(index, SlotLayout.droppedLinks, as: UInt16.self)), fields: fields)
  }
}
