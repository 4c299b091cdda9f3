// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// The slots of a journal as typed memory. Only this type turns an index into an address.
///
/// Invariant behind every `unsafe` here: `base` points to `count` slots of ``SlotLayout/size`` bytes, page-aligned,
/// that live as long as the journal; an index comes from the pool of the same journal or has been checked against
/// `count`.
@safe
struct SlotMemory: @unchecked Sendable {  // Its memory is shared through locks and atomics.
  let base: UnsafeMutableRawPointer
  let count: UInt32

  @inline(__always)
  func address(_ index: UInt32) -> UnsafeMutableRawPointer {
    unsafe base + Int(index) &* SlotLayout.size
  }

  @inline(__always)
  func word32(_ index: UInt32, _ offset: Int) -> UnsafeMutablePointer<UInt32> {
    unsafe (address(index) + offset).assumingMemoryBound(to: UInt32.self)
  }

  @inline(__always)
  func read<T: BitwiseCopyable>(_ index: UInt32, _ offset: Int, as type: T.Type = T.self) -> T {
    unsafe address(index).load(fromByteOffset: offset, as: T.self)
  }

  @inline(__always)
  func write<T: BitwiseCopyable>(_ value: T, _ index: UInt32, _ offset: Int) {
    unsafe address(index).storeBytes(of: value, toByteOffset: offset, as: T.self)
  }

  @inline(__always)
  func state(_ index: UInt32) -> UInt32 { unsafe spoor_load32_acquire(word32(index, SlotLayout.state)) }

  @inline(__always)
  func setState(_ state: SlotState, _ index: UInt32) {
    unsafe spoor_store32_release(word32(index, SlotLayout.state), state.rawValue)
  }

  @inline(__always)
  func lock(_ index: UInt32) { unsafe spoor_busy_lock(word32(index, SlotLayout.lock)) }

  @inline(__always)
  func unlock(_ index: UInt32) { unsafe spoor_busy_unlock(word32(index, SlotLayout.lock)) }

  /// The slot's generation. It is incremented under the slot's lock and read without it.
  @inline(__always)
  func generation(_ index: UInt32) -> UInt32 { unsafe spoor_load32_relaxed(word32(index, SlotLayout.generation)) }

  @inline(__always)
  func raiseGeneration(_ index: UInt32) {
    unsafe spoor_store32_relaxed(word32(index, SlotLayout.generation), generation(index) &+ 1)
  }

  /// Whether the reference still owns its slot and the span in it is open. Without the slot's lock the answer may be
  /// outdated at once.
  @inline(__always)
  func isOpen(_ reference: SlotReference) -> Bool {
    generation(reference.index) == reference.generation
      && state(reference.index) == SlotState.open.rawValue
  }
}
