// SPDX-License-Identifier: Apache-2.0

import CToolsZlib

/// The CRC-32 of each body in the store.
enum Checksum {
  static func of(_ bytes: [UInt8]) -> Int64 {
    Int64(unsafe bytes.withUnsafeBytes { unsafe of($0, from: 0) })
  }

  /// Continues a sum over more bytes.
  static func of(_ bytes: UnsafeRawBufferPointer, from start: UInt64) -> UInt64 {
    // The pointer is valid for the call, and the count is the buffer's.
    UInt64(
      unsafe crc32_z(
        UInt(truncatingIfNeeded: start & 0xffff_ffff), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
        bytes.count))
  }

  /// Whether a body is unchanged. Rows of the store's first version have no checksum.
  static func matches(_ bytes: [UInt8], _ sum: Int64?) -> Bool { sum.map { $0 == of(bytes) } ?? true }
}
