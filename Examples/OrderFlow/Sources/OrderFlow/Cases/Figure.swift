// SPDX-License-Identifier: Apache-2.0

/// A figure before and after a repair.
struct Figure: Sendable {
  let what: String
  let before: String
  let after: String

  /// Makes a table of the figures of several cases.
  static func table(_ figures: [(caseName: String, figures: [Figure])]) -> Table {
    var table = Table("case", "figure", "before", "after")
    for (name, figures) in figures {
      for (index, figure) in figures.enumerated() {
        table.add(index == 0 ? name : "", figure.what, figure.before, figure.after)
      }
    }
    return table
  }
}

/// A chart that a case draws.
struct Picture: Sendable {
  /// The file's name without `.svg`.
  let name: String
  let chart: Chart
}
