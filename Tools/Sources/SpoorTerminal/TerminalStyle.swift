// SPDX-License-Identifier: Apache-2.0

/// Colours for a terminal, if enabled.
public struct TerminalStyle: Sendable, Hashable {
  /// Whether escape sequences are written at all.
  public let isColoured: Bool

  /// Creates a style with or without colours.
  public init(isColoured: Bool) { self.isColoured = isColoured }

  /// Less important text.
  public func dim(_ text: String) -> String { wrap(text, "2") }
  /// Important text.
  public func bold(_ text: String) -> String { wrap(text, "1") }
  /// Red: only for errors.
  public func error(_ text: String) -> String { wrap(text, "31") }
  /// Amber: only for slow spans.
  public func slow(_ text: String) -> String { wrap(text, "33") }

  /// A level's name: red from error on.
  public func level(_ text: String, level: String) -> String {
    switch level.lowercased() {
    case "error", "critical", "fatal": error(text)
    case "trace", "debug": dim(text)
    default: text
    }
  }

  /// Text in the colour of a service. The hue is computed from the name, so that it is the same everywhere.
  public func service(_ text: String, name: String) -> String { wrap(text, "38;5;\(Self.colour(of: name))") }

  /// One of the 256 colours: of similar lightness, readable on light and dark backgrounds, and unlike the colours of
  /// errors and slow spans.
  static func colour(of name: String) -> Int {
    // FNV-1a.
    let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return palette[Int(hash % UInt32(palette.count))]
  }

  private static let palette = [31, 32, 35, 36, 37, 61, 62, 63, 65, 66, 67, 68, 69, 71, 72, 73, 97, 98, 99, 133, 134]

  private func wrap(_ text: String, _ code: String) -> String {
    isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

extension String {
  /// The text, padded with spaces to this many columns.
  public func padded(to columns: Int) -> String {
    let width = TextWidth.of(self)
    return width < columns ? self + String(repeating: " ", count: columns - width) : self
  }
}
