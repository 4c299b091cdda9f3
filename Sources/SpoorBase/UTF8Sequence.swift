// SPDX-License-Identifier: Apache-2.0

/// Unicode's table of well-formed UTF-8 (The Unicode Standard, table 3-7).
public enum UTF8Sequence {
  /// The length of the sequence at `index`, which begins with a byte of 0x80 or more. If it is not well-formed, the
  /// length of its longest well-formed prefix (at least 1), which one U+FFFD replaces.
  public static func length(_ bytes: UnsafeRawBufferPointer, at index: Int) -> (length: Int, isValid: Bool) {
    let continuations: Int
    var allowed: ClosedRange<UInt8> = 0x80...0xBF
    switch unsafe bytes[index] {
    case 0xC2...0xDF: continuations = 1
    case 0xE0: (continuations, allowed) = (2, 0xA0...0xBF)
    case 0xED: (continuations, allowed) = (2, 0x80...0x9F)
    case 0xE1...0xEF: continuations = 2
    case 0xF0: (continuations, allowed) = (3, 0x90...0xBF)
    case 0xF4: (continuations, allowed) = (3, 0x80...0x8F)
    case 0xF1...0xF3: continuations = 3
    default: return (1, false)
    }
    for offset in 1...continuations {
      guard index + offset < bytes.count, allowed.contains(unsafe bytes[index + offset]) else {
        return (offset, false)
      }
      allowed = 0x80...0xBF
    }
    return (continuations + 1, true)
  }
}
