// SPDX-License-Identifier: Apache-2.0

internal import SpoorTerminal

/// Text from a log record, a span or a journal in an answer: `{"data":"…"}`, with the number of bytes that were cut.
///
/// Anyone who can make a service log something chooses such text. It is marked, so that it cannot pass for a part of
/// the answer. Characters that a reader does not see (control characters, changes of direction, tags) become `·`.
struct EvidenceText {
  let text: String
  /// The number of bytes of UTF-8 that are left out at the end.
  let cut: Int

  init(_ text: String, maximum: Int = .max) {
    let bytes = text.utf8.count
    guard bytes > maximum else {
      (self.text, cut) = (text, 0)
      return
    }
    var end = text.utf8.index(text.startIndex, offsetBy: maximum)
    while String.Index(end, within: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    self.text = String(text[..<end])
    cut = bytes - self.text.utf8.count
  }

  var json: JSON {
    .record(["data": .string(Self.visible(text)), "cut_bytes": cut > 0 ? .whole(cut) : nil])
  }

  /// The text with `·` for what a reader does not see. Line feeds and tabs stay.
  private static func visible(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map { PlainText.of(String($0)) }
        .joined(separator: "\t")
    }
    let plain = lines.joined(separator: "\n")
    guard plain.unicodeScalars.contains(where: isTag) else { return plain }
    var result = String.UnicodeScalarView()
    for scalar in plain.unicodeScalars { result.append(isTag(scalar) ? "·" : scalar) }
    return String(result)
  }

  /// Tags spell invisible ASCII text.
  private static func isTag(_ scalar: Unicode.Scalar) -> Bool { (0xE0000...0xE007F).contains(scalar.value) }
}
