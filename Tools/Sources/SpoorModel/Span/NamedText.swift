// SPDX-License-Identifier: Apache-2.0

extension String {
  /// The text with U+FFFD in place of each NUL. C libraries, including SQLite, end a text at its first NUL, so that two
  /// names that differ after it would be equal.
  package var replacingNUL: String {
    guard utf8.contains(0) else { return self }
    var scalars = String.UnicodeScalarView()
    for scalar in unicodeScalars { scalars.append(scalar.value == 0 ? "\u{FFFD}" : scalar) }
    return String(scalars)
  }

  /// A name in Zipkin's normal form: lower case, without NUL.
  package var zipkinName: String { zipkinLowercased.replacingNUL }

  /// The text in lower case, without the cost of `lowercased()` for names that are already in lower case.
  private var zipkinLowercased: String {
    let needsWork = utf8.contains { $0 >= 0x80 || ($0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z")) }
    return needsWork ? lowercased() : self
  }
}
