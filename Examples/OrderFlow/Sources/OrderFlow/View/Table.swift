// SPDX-License-Identifier: Apache-2.0

/// Rows under headings, in columns that fit their contents.
struct Table: Sendable {
  let headings: [String]
  var rows: [[String]] = []

  init(_ headings: String...) {
    self.headings = headings
  }

  mutating func add(_ cells: String...) {
    rows.append(cells)
  }

  /// The lines, without colour.
  var lines: [String] {
    let all = [headings] + rows
    let widths = headings.indices.map { column in
      all.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        .trimmingTrailingSpaces
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    return [line(headings), rule] + rows.map(line)
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
