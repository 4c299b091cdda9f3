// SPDX-License-Identifier: Apache-2.0

/// The name of a field, prepared for look-ups: as a whole, and split at each of its dots.
final class FieldPath: Sendable, Hashable {
  /// The name.
  let name: String
  /// The bytes of the name.
  let bytes: [UInt8]
  /// The parts before and after each dot.
  let splits: [Split]
  /// The keys that an object with the field may have.
  let keys: KeySet

  struct Split: Sendable {
    let head: [UInt8]
    let rest: FieldPath
  }

  init(_ name: String) {
    self.name = name
    bytes = Array(name.utf8)
    var splits: [Split] = []
    var keys = KeySet(bytes)
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: ".") && index > 0 && index + 1 < bytes.count {
      let head = Array(bytes[..<index])
      keys.formUnion(KeySet(head))
      splits.append(Split(head: head, rest: FieldPath(String(decoding: bytes[(index + 1)...], as: UTF8.self))))
    }
    self.splits = splits
    self.keys = keys
  }

  static func == (left: FieldPath, right: FieldPath) -> Bool { left.name == right.name }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// The names of one field, the preferred one first.
struct FieldNames: Sendable {
  let paths: [FieldPath]
  /// The keys that an object with one of the fields may have.
  let keys: KeySet

  init(_ names: [String]) {
    paths = names.map { FieldPath($0) }
    var keys = KeySet(bits: 0)
    for path in paths { keys.formUnion(path.keys) }
    self.keys = keys
  }
}
