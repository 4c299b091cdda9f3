// SPDX-License-Identifier: Apache-2.0

/// A span's place in the journal: the index of its head slot, and that slot's generation when the span took it.
///
/// Eight bytes without a reference count. After the slot was freed, the reference is void: every write compares the
/// generations under the slot's lock.
package struct SlotReference: Sendable, Hashable {
  package let index: UInt32
  package let generation: UInt32

  @inlinable
  package init(index: UInt32, generation: UInt32) {
    self.index = index
    self.generation = generation
  }

  /// No slot: an unsampled span, or one that found the journal full.
  @inlinable
  package static var none: SlotReference { SlotReference(index: .max, generation: .max) }

  @inlinable
  package var isNone: Bool { index == .max }
}
