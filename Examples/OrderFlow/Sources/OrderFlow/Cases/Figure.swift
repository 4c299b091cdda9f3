/// A figure of the story: before the repair, and after it.
struct Figure: Sendable {
  let what: String
  let before: String
  let after: String

  /// A table of the figures of several cases.
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

/// A picture that a case draws.
struct Picture: Sendable {
  /// Of its file, without `.svg`.
  let name: String
  let chart: Chart
}
