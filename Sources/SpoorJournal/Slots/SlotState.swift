// SPDX-License-Identifier: Apache-2.0

/// The use of a slot. The raw values are part of the file format.
package enum SlotState: UInt32, Sendable {
  case free = 0
  /// A span that has started and not ended.
  case open = 1
  /// A span that has ended and waits for the end of its local root, when the keep rules decide about it.
  case undecided = 2
  /// A finished span that no collector has yet.
  case finished = 3
  /// More room for the span of the head slot in ``SlotLayout/extensionOwner``.
  case `extension` = 4
}
