// SPDX-License-Identifier: Apache-2.0

/// Properties of a span that are not fields. The bits are part of the file format.
///
/// The empty set is `SpanRecordFlags()`, which has its own initializer: the literal `[]` runs an unspecialised loop of
/// the standard library, which costs a span 100 ns.
package struct SpanRecordFlags: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  @inlinable
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  @inlinable
  package init() { rawValue = 0 }

  /// The caller asked for the trace explicitly (B3's `d`).
  @inlinable
  package static var debug: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 0) }
  /// The span shares its id with the client's span.
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
  /// The last reference to the span was released without a call of `end`.
  @inlinable
  package static var neverEnded: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 6) }
  /// Its status is `error`, but the journal was too full to store the status. A status field overrides it.
  @inlinable
  package static var failed: SpanRecordFlags { SpanRecordFlags(rawValue: 1 << 7) }
}
