// SPDX-License-Identifier: Apache-2.0

/// Reads spans from the slots of this process.
struct SlotReader {
  let slots: SlotMemory

  /// Hands the span of a head slot to `body`, which must not keep it.
  func withRecord<Result>(_ index: UInt32, _ body: (SpanRecord) throws -> Result) rethrows -> Result {
    let head = unsafe UnsafeRawPointer(slots.address(index))
    return try unsafe SlotChain.withFields(
      head: head, length: Int(slots.read(index, SlotLayout.length, as: UInt32.self)),
      extension: { unsafe UnsafeRawPointer(slots.address($0)) }
    ) { fields in
      try body(unsafe SpanRecord(head: head, fields: fields))
    }
  }
}
