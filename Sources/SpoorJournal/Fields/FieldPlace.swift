// SPDX-License-Identifier: Apache-2.0

/// The position of a field in the journal, valid as long as its span is open.
package struct FieldPlace: Sendable {
  /// The offset in units of a field's alignment, so that 32 bits cover 32 GiB of slots. `UInt32.max` means no place,
  /// also for a field beyond that range, which is then searched for.
  package let word: UInt32

  @inlinable
  package init(word: UInt32) { self.word = word }

  /// No place.
  @inlinable
  package static var none: FieldPlace { FieldPlace(word: .max) }

  @inlinable
  package var isNone: Bool { word == .max }

  init(byteOffset: Int) { word = UInt32(clamping: byteOffset / 8) }

  var byteOffset: Int { Int(word) * 8 }
}
