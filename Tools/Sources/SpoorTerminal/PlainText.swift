// SPDX-License-Identifier: Apache-2.0

/// Makes external text (from a log, a span or a file name) safe for a terminal.
///
/// Control characters (C0, DEL and C1, which begin escape sequences and OSC commands), line and paragraph separators,
/// and characters that change the direction of text are shown as `·`. Everything else is unchanged.
public enum PlainText {
  /// The text in one line.
  public static func of(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(isUnsafe(scalar) ? "·" : scalar) }
    return String(result)
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFF9...0xFFFB: true
    default: false
    }
  }
}
