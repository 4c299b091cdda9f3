// SPDX-License-Identifier: Apache-2.0

/// The position of a span within its trace, drawn as blocks.
struct SpanBar {
  /// The columns for the whole trace; one more on each side is for marks.
  let columns: Int
  let start: Int64
  let duration: Int64

  /// The bar, `columns + 2` wide: `▕██▏`, without marks at the ends of the trace; `▒` at the end of an interrupted
  /// span.
  func text(from: Int64?, to: Int64?, isInterrupted: Bool) -> String {
    guard let from, let to, duration > 0 else { return String(repeating: " ", count: columns + 2) }
    let first = min(columns - 1, column(from - start))
    let last = max(first + 1, min(columns, column(to - start)))
    let isFree = first > 0 && last < columns
    let blocks = last - first
    var text = String(repeating: " ", count: first) + (isFree ? "▕" : " ")
    text += isInterrupted ? String(repeating: "█", count: blocks - 1) + "▒" : String(repeating: "█", count: blocks)
    text += isFree ? "▏" : " "
    return text + String(repeating: " ", count: columns - last)
  }

  private func column(_ offset: Int64) -> Int {
    // In floating point, because the times of a hostile trace would overflow.
    Int((Double(offset) / Double(duration) * Double(columns)).rounded(.down))
  }
}
