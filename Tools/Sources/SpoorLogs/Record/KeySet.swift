// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// A set of keys in 64 bits. It may claim to have a key that it lacks, but never lacks a key that it has, so that most
/// look-ups of fields that a record does not have end without a comparison of names.
struct KeySet: Sendable, Hashable {
  private var bits: UInt64

  init(bits: UInt64) { self.bits = bits }

  /// The set with only this key.
  init(_ key: [UInt8]) { bits = unsafe spoor_keys_of(key, key.count) }

  /// Whether both sets may have a key in common.
  func mayShare(_ other: KeySet) -> Bool { bits & other.bits != 0 }

  /// Adds the keys of another set.
  mutating func formUnion(_ other: KeySet) { bits |= other.bits }

  /// Whether one of the keys is that of an object in which some writers keep the caller's fields.
  var hasNested: Bool { bits & (1 << UInt64(SPOOR_KEYS_NESTED)) != 0 }
  /// Whether one of the keys is that of a carrier of records.
  var hasCarrier: Bool { bits & (1 << UInt64(SPOOR_KEYS_CARRIER)) != 0 }
}
