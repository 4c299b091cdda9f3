internal import SpoorBytes

/// A set of names that keys are looked up in on the way of every field: by bytes, without a hash and without a string.
package final class NameSet: Sendable {
  /// By their lengths in bytes; those of 63 and more lie together.
  private let byLength: [[[UInt8]]]
  /// Bit `n`: some name is `n` bytes long.
  private let lengths: UInt64
  /// Whether there is none.
  package let isEmpty: Bool

  package init(_ names: some Sequence<String>) {
    var byLength = [[[UInt8]]](repeating: [], count: 64)
    for name in Set(names) { byLength[min(name.utf8.count, 63)].append(Array(name.utf8)) }
    self.byLength = byLength
    lengths = byLength.indices.reduce(0) { byLength[$1].isEmpty ? $0 : $0 | 1 << UInt64($1) }
    isEmpty = lengths == 0
  }

  /// Whether these bytes are one of the names, which then must be in lower case where `ignoringCase` (of ASCII) is asked.
  @inline(__always)
  package func contains(_ bytes: UnsafeRawBufferPointer, ignoringCase: Bool = false) -> Bool {
    // Most keys end here: no name has their length.
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

  /// Whether this is one of the names.
  package func contains(_ name: String) -> Bool {
    unsafe withBytes(of: name) { unsafe contains($0) }
  }

  @inline(__always)
  private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
