// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import Tracing

/// The differences between recorded spans and their expected shape.
struct ShapeComparison {
  /// The tree, one line a span: `  ` as expected, `~ ` different, `- ` missing, `+ ` unexpected.
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
      // Chooses the span with the fewest differences among those whose name matches.
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

  /// The differences of one span, each in a few words.
  private static func differences(_ shape: SpanShape, _ span: FinishedSpan) -> [String] {
    var found: [String] = []
    if !NamePattern(shape.name).matches(span.name) {
      found.append("name: expected \"\(shape.name)\", is \"\(span.name)\"")
    }
    if let kind = shape.kind, kind != span.kind { found.append("kind: expected \(kind), is \(span.kind)") }
    for (key, value) in shape.attributes.sorted(by: { $0.key < $1.key }) where !matches(value, span.attributes[key]) {
      found.append("\(key): expected \(value), \(span.attributes[key].map { "is \($0)" } ?? "is missing")")
    }
    for key in shape.withoutAttributes.sorted() {
      if let value = span.attributes[key] { found.append("\(key): expected none, is \(value)") }
    }
    if let events = shape.events, events != span.events {
      found.append("events: expected \(events), are \(span.events)")
    }
    if let hasFailed = shape.hasFailed, hasFailed != span.hasFailed {
      found.append(hasFailed ? "expected to have failed, has not" : "expected not to have failed, has")
    }
    return found
  }

  /// A text is a pattern; a value of another type must be equal.
  private static func matches(_ expected: RecordedValue, _ actual: RecordedValue?) -> Bool {
    if case .string(let pattern) = expected, case .string(let text) = actual {
      return NamePattern(pattern).matches(text)
    }
    return expected == actual
  }
}
