// SPDX-License-Identifier: Apache-2.0

/// A chain of free slots that are not yet returned to ``SlotPool``, in the order in which they will be taken. Returning
/// them together writes the word of a shard once for many slots.
package struct FreedSlots {
  /// The maximum length. A full chain is returned at once, so that no thread runs out of slots.
  static let most = 64

  var count = 0
  var first: UInt32 = 0
  var last: UInt32 = 0
  /// The shard of the thread that had taken them.
  var shard: UInt8 = 0

  var delivered: UInt64 = 0
  var rejected: UInt64 = 0
  var extensions: UInt64 = 0

  package init() {}
}
