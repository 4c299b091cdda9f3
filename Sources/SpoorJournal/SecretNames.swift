/// A set of names that a key's last component is looked up in, on the way of every field: by bytes, without a hash and
/// without making a string.
final class SecretNames: Sendable {
  /// In lower case, by their lengths in bytes; those of 63 and more lie together.
  private let byLength: [[[UInt8]]]
  /// Bit `n`: some name is `n` bytes long.
  private let lengths: UInt64
  /// For keys that are not ASCII, whose lower case may have another length.
  private let all: Set<String>

  init(_ names: [String]) {
    all = Set(names.map { $0.lowercased() })
    var byLength = [[[UInt8]]](repeating: [], count: 64)
    for name in all { byLength[min(name.utf8.count, 63)].append(Array(name.utf8)) }
    self.byLength = byLength
    lengths = byLength.indices.reduce(0) { byLength[$1].isEmpty ? $0 : $0 | 1 << UInt64($1) }
  }

  var isEmpty: Bool { all.isEmpty }

  /// Whether what follows the key's last dot is one of the names, in any case.
  func hold(_ key: UnsafeRawBufferPointer) -> Bool {
    guard lengths != 0 else { return false }
    var start = key.count
    var seen: UInt8 = 0
    while start > 0 {
      let byte = unsafe key[start - 1]
      if byte == UInt8(ascii: ".") { break }
      seen |= byte
      start -= 1
    }
    let count = key.count - start
    if seen >= 0x80 { return unsafe all.contains(String(decoding: key[start...], as: UTF8.self).lowercased()) }
    // Most keys end here: no secret has a name of this length.
    guard lengths & 1 << UInt64(min(count, 63)) != 0 else { return false }
    for name in byLength[min(count, 63)] where name.count == count {
      var offset = 0
      while offset < count, unsafe Self.lower(key[start + offset]) == name[offset] { offset += 1 }
      if offset == count { return true }
    }
    return false
  }

  @inline(__always)
  private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
