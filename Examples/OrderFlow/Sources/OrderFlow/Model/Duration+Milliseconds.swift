// SPDX-License-Identifier: Apache-2.0

extension Duration {
  /// Whole milliseconds as text: `300 ms`.
  var inMilliseconds: String { "\(wholeMilliseconds) ms" }

  /// Whole milliseconds, rounded down.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }
}
