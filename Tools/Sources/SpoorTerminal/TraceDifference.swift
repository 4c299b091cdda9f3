// SPDX-License-Identifier: Apache-2.0

public import SpoorModel

/// The differences between two traces.
///
/// A span of one trace is compared with the span of the other that has the same services and names from the root down
/// to it, and the same place among the spans with that path.
public struct TraceDifference: Sendable {
  /// A span of the second trace.
  public struct Change: Sendable, Hashable {
    /// The services and names on the path from the root, at most the last three.
    public let path: [String]
    /// The duration in microseconds; `nil` if the first trace does not have the span.
    public let before: Int64?
    /// The duration in microseconds.
    public let after: Int64
    /// Why it fails in the second trace; empty if it does not, or if the span does not tell.
    public let reason: String

    /// The additional time in the second trace, in microseconds.
    var growth: Int64 { after.subtractingClamped(before ?? 0) }

    /// Whether the difference is at least 1 ms and a tenth of the shorter duration.
    var isBeyondNoise: Bool {
      growth.magnitude >= 1000 && growth.magnitude >= UInt64(max(0, min(before ?? 0, after)) / 10)
    }
  }

  /// Spans that fail only in the second trace, those in which the failure began first. A new span that fails is one.
  public private(set) var failing: [Change] = []
  /// Spans that fail only in the first trace.
  public private(set) var repaired: [Change] = []
  /// Spans that only the second has, without those below another new one.
  public private(set) var new: [Branch] = []
  /// Spans that only the first has, without those below another missing one.
  public private(set) var missing: [Branch] = []
  /// Spans that take longer in the second trace beyond noise, the largest difference first.
  public private(set) var slower: [Change] = []
  /// Spans that take less time in the second beyond noise, the largest difference first.
  public private(set) var faster: [Change] = []
  private let before: TraceTree
  private let after: TraceTree

  /// A span that only one trace has, with all spans below it.
  public struct Branch: Sendable, Hashable {
    /// The services and names on the path from the root, at most the last three.
    public let path: [String]
    /// The number of spans below it.
    public let spansBelow: Int
  }

  /// Compares the second trace with the first.
  public init(_ before: TraceTree, _ after: TraceTree) {
    self.before = before
    self.after = after
    var paths = Paths()
    let first = Self.spans(before, &paths)
    let second = Self.spans(after, &paths)
    var began: [Change] = []
    for key in second.order {
      guard let index = second.nodes[key], let now = after.nodes[index].span else { continue }
      let then = first.nodes[key].flatMap { before.nodes[$0].span }
      let change = Change(
        path: paths.end(of: key.path), before: then?.duration, after: now.duration ?? 0,
        reason: now.isError ? now.tag("error") ?? "" : "")
      if now.isError, then?.isError != true {
        if after.isInnermostFailure(index) { began.append(change) } else { failing.append(change) }
      } else if let then {
        if then.isError, !now.isError {
          repaired.append(change)
        } else if change.isBeyondNoise {
          if change.growth > 0 { slower.append(change) } else { faster.append(change) }
        }
      }
    }
    failing = began + failing.reversed()
    new = Self.branches(of: second, in: after, without: first, paths)
    missing = Self.branches(of: first, in: before, without: second, paths)
    slower.sort { $0.growth > $1.growth }
    faster.sort { $0.growth < $1.growth }
  }

  private static func branches(
    of own: SpanPlaces, in tree: TraceTree, without other: SpanPlaces, _ paths: Paths
  ) -> [Branch] {
    var end = 0
    var branches: [Branch] = []
    for key in own.order where other.nodes[key] == nil {
      guard let index = own.nodes[key], index >= end else { continue }
      end = tree.nodes[index].subtreeEnd
      branches.append(Branch(path: paths.end(of: key.path), spansBelow: end - index - 1))
    }
    return branches
  }

  /// Numbers for the paths of both traces, so that a chain of 100 000 spans does not need a path of that length for
  /// each span.
  private struct Paths {
    private struct Step: Hashable {
      /// The number of the path above; -1 for a root.
      let above: Int
      let name: String
    }

    private var numbers: [Step: Int] = [:]
    private var steps: [Step] = []

    mutating func number(above: Int?, name: String) -> Int {
      let step = Step(above: above ?? -1, name: name)
      if let known = numbers[step] { return known }
      numbers[step] = steps.count
      steps.append(step)
      return steps.count - 1
    }

    /// The last three names of a path.
    func end(of path: Int) -> [String] {
      var names: [String] = []
      var current = path
      while current >= 0, names.count < 3 {
        names.append(steps[current].name)
        current = steps[current].above
      }
      return names.reversed()
    }
  }

  private struct Key: Hashable {
    let path: Int
    let place: Int
  }

  /// The nodes of a tree by path and place, in display order.
  private struct SpanPlaces {
    var nodes: [Key: Int] = [:]
    var order: [Key] = []
  }

  private static func spans(_ tree: TraceTree, _ paths: inout Paths) -> SpanPlaces {
    var result = SpanPlaces()
    var places: [Int: Int] = [:]
    var numbers: [Int] = []
    for (index, node) in tree.nodes.enumerated() {
      let name = node.span.map { "\($0.serviceName ?? "?") \($0.name ?? "?")" } ?? "?"
      let path = paths.number(above: node.parent.map { numbers[$0] }, name: name)
      numbers.append(path)
      guard node.span != nil else { continue }
      let key = Key(path: path, place: places[path, default: 0])
      places[path, default: 0] += 1
      result.nodes[key] = index
      result.order.append(key)
    }
    return result
  }

  /// The difference as lines, safe for a terminal: what fails now, what is new or missing, then what took longer.
  public func lines(style: TerminalStyle) -> [String] {
    var lines = [Self.head(before, style), Self.head(after, style)]
    func section(_ title: String, _ rows: [String]) {
      if !rows.isEmpty { lines += ["", title] + rows.map { "  " + $0 } }
    }
    section("fails now", failing.map { "✗ " + style.error(Self.name($0.path)) + Self.reason($0) })
    section("new", new.map { "+ " + Self.name($0.path) + Self.below($0) })
    section("missing", missing.map { "- " + Self.name($0.path) + Self.below($0) })
    section("no longer fails", repaired.map { "✓ " + Self.name($0.path) })
    section("slower", slower.map { style.slow(row($0)) })
    section("faster", faster.map(row))
    if lines.count == 2 { lines += ["", "no difference beyond 10 % and 1 ms"] }
    return lines
  }

  /// A trace in one line. The duration of a trace that failed says little, so its failure is shown beside it.
  private static func head(_ tree: TraceTree, _ style: TerminalStyle) -> String {
    let isError = tree.rootSpan?.isError == true
    return "\(tree.traceID?.description ?? "–")  \(Durations.text(tree.duration))  "
      + TraceView.count(tree.spanCount, "span") + (isError ? "  " + style.error("failed") : "")
  }

  private static func reason(_ change: Change) -> String {
    change.reason.isEmpty ? "" : ": " + TextWidth.cut(PlainText.of(change.reason), to: 120)
  }

  private static func below(_ branch: Branch) -> String {
    branch.spansBelow > 0 ? " (and \(TraceView.count(branch.spansBelow, "span")) below it)" : ""
  }

  private func row(_ change: Change) -> String {
    let figures = "\(Durations.text(change.before ?? 0)) → \(Durations.text(change.after))"
    return Self.signed(change.growth).padded(to: 12) + figures.padded(to: 24) + Self.name(change.path)
  }

  private static func signed(_ microseconds: Int64) -> String {
    (microseconds > 0 ? "+" : "") + Durations.text(microseconds)
  }

  private static func name(_ path: [String]) -> String {
    path.map { PlainText.of($0) }.joined(separator: " › ")
  }
}
