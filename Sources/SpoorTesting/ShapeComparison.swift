internal import SpoorJournal

/// Compares recorded spans with the shape they should have, and says in what they differ.
struct ShapeComparison {
  /// The tree, a line a span; `  ` before what is as expected, `~ ` before what differs, `- ` what is missing, `+ ` what is
  /// too much.
  private(set) var lines: [String] = []
  private(set) var differences = 0

  init(_ shape: SpanShape, _ tree: SpanTree?) { compare(shape, tree, depth: 0) }

  private mutating func compare(_ shape: SpanShape, _ tree: SpanTree?, depth: Int) {
    guard let tree else {
      add("-", shape.name, depth)
      for child in shape.children { compare(child, nil, depth: depth + 1) }
      return
    }
    let found = Self.differences(shape, tree.span)
    add(found.isEmpty ? " " : "~", ([tree.span.summary] + found).joined(separator: "; "), depth)
    var rest = tree.children
    for child in shape.children {
      // Of those that fit by name the one that fits best.
      let best = rest.indices.filter { NamePattern(child.name).matches(rest[$0].span.name) }
        .min { Self.distance(child, rest[$0]) < Self.distance(child, rest[$1]) }
      compare(child, best.map { rest.remove(at: $0) }, depth: depth + 1)
    }
    for extra in rest { addExtra(extra, depth: depth + 1) }
  }

  private mutating func addExtra(_ tree: SpanTree, depth: Int) {
    add("+", tree.span.summary, depth)
    for child in tree.children { addExtra(child, depth: depth + 1) }
  }

  private mutating func add(_ mark: String, _ text: String, _ depth: Int) {
    if mark != " " { differences += 1 }
    lines.append("\(mark) \(String(repeating: "  ", count: depth))\(text)")
  }

  private static func distance(_ shape: SpanShape, _ tree: SpanTree) -> Int {
    ShapeComparison(shape, tree).differences
  }

  /// In what a span differs, each in a few words.
  private static func differences(_ shape: SpanShape, _ span: FinishedSpan) -> [String] {
    var found: [String] = []
    func expect(_ what: String, _ expected: String, _ actual: String?) {
      if let actual, NamePattern(expected).matches(actual) { return }
      found.append("\(what): expected \"\(expected)\", \(actual.map { "is \"\($0)\"" } ?? "is missing")")
    }
    expect("name", shape.name, span.name)
    if let kind = shape.kind { expect("kind", kind, span.kind) }
    for (key, value) in shape.attributes.sorted(by: { $0.key < $1.key }) { expect(key, value, span.attributes[key]) }
    for key in shape.withoutAttributes.sorted() {
      if let value = span.attributes[key] { found.append("\(key): expected none, is \"\(value)\"") }
    }
    if let events = shape.events, events != span.events {
      found.append("events: expected \(events), are \(span.events)")
    }
    if let hasFailed = shape.hasFailed, hasFailed != span.hasFailed {
      found.append(hasFailed ? "expected to have failed, has not" : "expected not to have failed, has")
    }
    return found
  }
}
