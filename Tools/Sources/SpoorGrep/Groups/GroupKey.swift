// SPDX-License-Identifier: Apache-2.0

/// The values by which a record is grouped.
struct GroupKey: Sendable, Hashable {
  /// The values of the fields, each as a byte that says whether the record has it, its length in four bytes, and its
  /// bytes.
  let bytes: [UInt8]
  /// Computed once, because a key is looked up in the table of its piece and in that of all pieces.
  private let digest: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var hasher = Hasher()
    unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    digest = hasher.finalize()
  }

  static func == (left: GroupKey, right: GroupKey) -> Bool { left.digest == right.digest && left.bytes == right.bytes }
  func hash(into hasher: inout Hasher) { hasher.combine(digest) }

  /// The values; `nil` for a field that the record lacks.
  var values: [String?] {
    var values: [String?] = []
    var start = 0
    while start < bytes.count {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[start + 1 + $1]) << (8 * $1) }
      let end = start + 5 + length
      values.append(bytes[start] == 1 ? String(decoding: bytes[(start + 5)..<end], as: UTF8.self) : nil)
      start = end
    }
    return values
  }
}
