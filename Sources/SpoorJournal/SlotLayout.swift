/// Where everything lies in a slot. `FORMAT.md` is the same in words; both change together.
///
/// A slot is ``size`` bytes. A span owns one *head* slot and, when its fields need more room, a chain of *extension*
/// slots. Offsets are bytes from the slot's start; integers are in the machine's byte order (the file's header says
/// which), each aligned to its size.
enum SlotLayout {
  /// Bytes per slot: two thirds of the spans of an HTTP service fit into one, and eight fill a page.
  static let size = 512

  /// `UInt32`, a ``SlotState``.
  static let state = 0
  /// `UInt32`, raised each time the slot is freed: who remembers an older one no longer owns the slot.
  static let generation = 4
  /// `UInt32`, bytes of fields that may be read, over the whole chain. Stored after the bytes.
  static let length = 8
  /// `UInt32`, index + 1 of the next slot of the chain, 0 at its end.
  static let next = 12

  /// `UInt32`, the slot's lock. Means nothing in a dead process's file. It lies at the same place in every slot, so that a
  /// late writer, who must take it to see that the slot is no longer its own, cannot touch an extension's fields.
  static let lock = 16
  /// `UInt32`, index + 1 of the next slot of a list of free ones. Means nothing in a dead process's file.
  static let link = 20

  static let traceIDHigh = 24
  static let traceIDLow = 32
  static let spanID = 40
  static let parentSpanID = 48
  /// `UInt64`, nanoseconds since 1970.
  static let start = 56
  /// `UInt64`, nanoseconds; 0 while the span is open.
  static let duration = 64
  /// `UInt64`, nanoseconds of the monotonic clock at the start: what an interrupted span's duration is counted from.
  static let startMonotonic = 72
  /// `UInt8`, a ``SpanRecordKind``.
  static let kind = 80
  /// `UInt8`, ``SpanRecordFlags``.
  static let flags = 81
  /// `UInt8`, a ``KeptReason``.
  static let kept = 82
  /// `UInt8`, 0.
  static let reserved = 83
  /// `UInt32`, the thread that started the span.
  static let threadID = 84
  /// `UInt16` each, saturating; the three and the sequence are one aligned word.
  static let droppedAttributes = 88
  static let droppedEvents = 90
  static let droppedLinks = 92
  /// `UInt16`, how many fields have been written so far; wraps.
  static let sequence = 94
  /// `UInt32` each: the slot and generation of the parent where it was open in this process, else index 0xFFFF_FFFF.
  static let parentSlot = 96
  static let parentGeneration = 100
  /// `UInt64`, the address of the task that started the span, 0 outside one: for the crash record.
  static let task = 104

  /// Where the fields begin in a head slot.
  static let headFields = 112
  /// Where they go on in an extension slot, which has state, generation, its owner, next, lock and link.
  static let extensionOwner = 8
  static let extensionFields = 24

  static let headCapacity = size - headFields
  static let extensionCapacity = size - extensionFields
}

/// What a slot is used for. The numbers are the file's.
package enum SlotState: UInt32, Sendable {
  case free = 0
  /// A span that has started and not ended.
  case open = 1
  /// A span that has ended and waits for its local root's end: rules decide then whether it is kept.
  case undecided = 2
  /// A span that waits for a collector to have it.
  case finished = 3
  /// More room of the span in its ``SlotLayout/extensionOwner``.
  case `extension` = 4
}

/// OpenTelemetry's span kinds. The numbers are the file's.
package enum SpanRecordKind: UInt8, Sendable {
  case `internal` = 0
  case server = 1
  case client = 2
  case producer = 3
  case consumer = 4
}

/// What is true of a span beside its fields. The bits are the file's.
///
/// Nothing is `SpanRecordFlags()`, with an `init` of its own: the literal `[]` goes through an unspecialised loop of the
/// standard library's, which costs a span 100 ns.
package struct SpanRecordFlags: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  @inlinable
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  @inlinable
  package init() { rawValue = 0 }

  /// The caller asked for the trace explicitly (B3's `d`).
  @inlinable
  package static var debug: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 0) }
  /// The span has its id in common with the client's span.
  @inlinable
  package static var shared: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 1) }
  /// No span of this process is its parent.
  @inlinable
  package static var localRoot: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 2) }
  /// Its parent came from another process.
  @inlinable
  package static var remoteParent: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 3) }
  /// The span was sent once as a partial one while it was open.
  @inlinable
  package static var reportedOpen: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 4) }
  /// The process ended before the span did.
  @inlinable
  package static var interrupted: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 5) }
  /// The last reference to the span went without `end`.
  @inlinable
  package static var neverEnded: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 6) }
}

/// Why a span that the head decision left out is kept all the same. The numbers are the file's.
package enum KeptReason: UInt8, Sendable {
  case headDecision = 0
  case error = 1
  case slow = 2
}
