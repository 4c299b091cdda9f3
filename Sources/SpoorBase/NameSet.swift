// SPDX-License-Identifier: Apache-2.0

/// A set of names in which the key of every field is looked up: by bytes, without a hash or a string.
package final class NameSet: Sendable {
  /// The names by length in bytes; those of 63 bytes and more share one entry.
  private let byLength: [[[UInt8]]]
  /// Bit `n` is set if some name is `n` bytes long.
  private let lengths: UInt64
  /// Whether the set has no names.
  package let isEmpty: Bool

  package init(_ names: some Sequence<String>) {
    var byLength = [[[UInt8]]](repeating: [], count: 64)
    for name in Set(names) { byLength[min(name.utf8.count, 63)].append(Array(name.utf8)) }
    self.byLength = byLength
    lengths = byLength.indices.reduce(0) { byLength[$1].isEmpty ? $0 : $0 | 1 << UInt64($1) }
    isEmpty = lengths == 0
  }

  /// Whether these bytes are one of the names. With `ignoringCase` the case of ASCII letters is ignored, and the names
  /// must be in lower case.
  @inline(__always)
  package func contains(_ bytes: UnsafeRawBufferPointer, ignoringCase: Bool = false) -> Bool {
    // Most keys end here, because no name has their length.
    guard lengths &>> UInt64(min(bytes.count, 63)) & 1 != 0 else { return false }
    return unsafe isAmongThose(bytes, ignoringCase)
  }

  @inline(never)
  private func isAmongThose(_ bytes: UnsafeRawBufferPointer, _ ignoringCase: Bool) -> Bool {
    let count = bytes.count
    for name in byLength[min(count, 63)] where name.count == count {
      var offset = 0
      while offset < count {
        let byte = unsafe bytes[offset]
        guard name[offset] == (ignoringCase ? Self.lower(byte) : byte) else { break }
        offset += 1
      }
      if offset == count { return true }
    }
    return false
  }

  /// Whether the set contains a name.
  package func contains(_ name: String) -> Bool {
    unsafe withBytes(of: name) { unsafe contains($0) }
  }

  @inline(__always)
  private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
