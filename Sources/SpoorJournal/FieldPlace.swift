/// Where a field lies in the journal, for as long as its span is open.
package struct FieldPlace: Sendable {
  /// In units of a field's alignment, so that 32 bits are enough for 32 GiB of slots. `UInt32.max` is no place: also for
  /// what lies further than can be said, and is looked for instead.
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
