// SPDX-License-Identifier: Apache-2.0

/// The place where an error was rethrown: the field `error.rethrown_at` of records.
///
/// A span stores the nearest addresses of that throw. The text of the field is the one line of that stack that names a
/// function of the program.
package enum RethrowPlace {
  /// The name of the field.
  package static let key = "error.rethrown_at"

  /// The first frame in a stack's text that is the program's own, skipping lines that only count frames (`… 3 frames of
  /// …`); the first line if there is none.
  package static func text(in stack: String) -> String {
    let lines = stack.split(separator: "\n")
    return String(lines.first { !$0.hasPrefix("…") } ?? lines.first ?? "")
  }
}

extension RecordField {
  /// The addresses of a stack, innermost first.
  private var addresses: [UInt64] { (unsafe 0..<value.count / 8).map { word($0) } }

  /// The text of a field of addresses: the stack, or for ``RethrowPlace/key`` one line of it.
  package func stackText(_ format: ([UInt64]) -> String) -> String {
    let text = format(addresses)
    return keyText == RethrowPlace.key ? RethrowPlace.text(in: text) : text
  }
}
