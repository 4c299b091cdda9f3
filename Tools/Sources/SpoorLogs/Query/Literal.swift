// SPDX-License-Identifier: Apache-2.0

/// The parts of a text that a log line contains unchanged, however its writer escapes.
enum Literal {
  /// ASCII letters, digits, `_`, `-` and `.`: never escaped by a JSON encoder.
  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// All runs of such characters, in lower case.
  static func runs(_ text: String) -> [[UInt8]] {
    text.utf8.split { !isPlain($0) }.map { lowercased(Array($0)) }
  }

  /// ASCII letters in lower case.
  static func lowercased(_ bytes: [UInt8]) -> [UInt8] { bytes.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 } }

  /// The longest run of such characters, split at dots if names may be nested.
  static func longestRun(_ text: String, splitAtDots: Bool = false) -> [UInt8] {
    let runs = text.utf8.split { !isPlain($0) || splitAtDots && $0 == UInt8(ascii: ".") }
    return runs.max { $0.count < $1.count }.map { Array($0) } ?? []
  }
}
