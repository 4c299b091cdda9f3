// SPDX-License-Identifier: Apache-2.0

/// The name of a field, prepared for look-ups: as a whole, and split at each of its dots.
struct FieldPath: Sendable, Hashable {
  /// The name.
  let name: String
  /// The bytes of the name.
  let bytes: [UInt8]
  /// The parts before and after each dot.
  let splits: [Split]

  struct Split: Sendable, Hashable {
    let head: [UInt8]
    let rest: FieldPath
  }

  init(_ name: String) {
    self.name = name
    bytes = Array(name.utf8)
    var splits: [Split] = []
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: ".") && index > 0 && index + 1 < bytes.count {
      splits.append(
        Split(
          head: Array(bytes[..<index]),
          rest: FieldPath(String(decoding: bytes[(index + 1)...], as: UTF8.self))))
    }
    self.splits = splits
  }

  static func == (left: FieldPath, right: FieldPath) -> Bool { left.name == right.name }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
