// SPDX-License-Identifier: Apache-2.0

/// The layout of a slot. `FORMAT.md` describes it in words; both must change together.
///
/// A slot is ``size`` bytes. A span owns one *head* slot and, when its fields need more room, a chain of *extension*
/// slots. Offsets are bytes from the slot's start; integers are little-endian, the only byte order that Swift supports,
/// and aligned to their size.
enum SlotLayout {
  /// Bytes per slot: two thirds of the spans of an HTTP service fit into one, and eight fill a page.
  static let size = 512

  /// `UInt32`, a ``SlotState``.
  static let state = 0
  /// `UInt32`, incremented each time the slot is freed. A reference with an older generation no longer owns the slot.
  static let generation = 4
  /// `UInt32`, bytes of fields that may be read, over the whole chain. Stored after the bytes were written.
  static let length = 8
  /// `UInt32`, index + 1 of the next slot of the chain, 0 at its end.
  static let next = 12

  /// `UInt32`, the slot's lock. It has no meaning in a dead process's file. It has the same offset in every slot. A
  /// late writer, which must take the lock to see that it no longer owns the slot, can therefore never overwrite an
  /// extension's fields.
  static let lock = 16
  /// `UInt32`, index + 1 of the next slot in a list of free ones. It has no meaning in a dead process's file.
  static let link = 20

  static let traceIDHigh = 24
  static let traceIDLow = 32
  static let spanID = 40
  static let parentSpanID = 48
  /// `UInt64`, nanoseconds since 1970.
  static let start = 56
  /// `UInt64`, nanoseconds; 0 while the span is open.
  static let duration = 64
  /// `UInt64`, nanoseconds of the monotonic clock at the start; the duration of an interrupted span is computed from
  /// it.
  static let startMonotonic = 72
  /// `UInt8`, a ``SpanRecordKind``.
  static let kind = 80
  /// `UInt8`, ``SpanRecordFlags``.
  static let flags = 81
  /// `UInt8`, a ``KeptReason``.
  static let kept = 82
  /// `UInt8`, 1 if the head decision was "no" and the keep rules decide, else 0.
  static let awaitsVerdict = 83
  /// `UInt32`, the thread that started the span.
  static let threadID = 84
  /// `UInt16` each, saturating; these three and the sequence form one aligned word.
  static let droppedAttributes = 88
  static let droppedEvents = 90
  static let droppedLinks = 92
  /// `UInt16`, the number of fields written so far; wraps.
  static let sequence = 94
  /// `UInt32` each: the slot and generation of the parent if it was open in this process, otherwise index 0xFFFF_FFFF.
  static let parentSlot = 96
  static let parentGeneration = 100
  /// `UInt64`, reserved: 0.
  static let reservedWord = 104

  /// The offset of the fields in a head slot.
  static let headFields = 112
  /// The head slot's index in an extension slot, which has state, generation, owner, next, lock and link, and then
  /// fields.
  static let extensionOwner = 8
  static let extensionFields = 24

  static let headCapacity = size - headFields
  static let extensionCapacity = size - extensionFields
}
