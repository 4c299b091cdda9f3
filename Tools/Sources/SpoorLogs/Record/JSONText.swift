// SPDX-License-Identifier: Apache-2.0

/// Converts values to JSON text.
package enum JSONText {
  /// A string without quotes; everything else as JSON.
  static func text(_ tape: JSONTape, _ index: Int) -> String { Scalar(tape, index)?.text ?? json(tape, index) }

  /// The value as compact JSON.
  static func json(_ tape: JSONTape, _ index: Int) -> String {
    switch tape.kind(index) {
    case JSONTape.Kind.object:
      "{" + tape.members(index).map { "\(json(tape, $0.key)):\(json(tape, $0.value))" }.joined(separator: ",") + "}"
    case JSONTape.Kind.array: "[" + tape.elements(index).map { json(tape, $0) }.joined(separator: ",") + "]"
    case JSONTape.Kind.string: quoted(Scalar(tape, index)?.text ?? "")
    default: Scalar(tape, index)?.text ?? "null"
    }
  }

  /// A JSON string.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
