/// Text from a log or a span, made safe for a terminal.
///
/// Control characters (C0, DEL, C1: what begins escape sequences and OSC commands), line and paragraph separators, and the
/// characters that turn the direction of text around are shown as `·`. Everything else stays as it is.
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
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
