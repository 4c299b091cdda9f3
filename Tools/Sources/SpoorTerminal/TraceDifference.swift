public import SpoorModel

/// What differs between two traces.
///
/// A span of one is that of the other when the services and names from the root down to it are the same, and its place
/// among those.
public struct TraceDifference: Sendable {
  /// A span in both.
  public struct Change: Sendable, Hashable {
    /// Services and names from the root down.
    public let path: [String]
    /// Microseconds.
    public let before: Int64
    /// Microseconds.
    public let after: Int64
    /// Whether it failed in the second only.
    public let failsNow: Bool
  }

  /// What takes longer in the second or fails there only, the largest difference first.
  public private(set) var slower: [Change] = []
  /// What takes less time in the second.
  public private(set) var faster: [Change] = []
  /// Paths of the spans that only the second has.
  public private(set) var new: [[String]] = []
  /// Paths of the spans that only the first has.
  public private(set) var missing: [[String]] = []
  private let before: TraceTree
  private let after: TraceTree

  /// Compares the second trace with the first.
  public init(_ before: TraceTree, _ after: TraceTree) {
    self.before = before
    self.after = after
    let (first, firstOrder) = Self.spans(before)
    let (second, secondOrder) = Self.spans(after)
    for key in secondOrder {
      guard let now = second[key] else { continue }
      guard let then = first[key] else {
        new.append(key.path)
        continue
      }
      let change = Change(
        path: key.path, before: then.duration ?? 0, after: now.duration ?? 0, failsNow: now.isError && !then.isError)
      if change.after > change.before || change.failsNow {
        slower.append(change)
      } else if change.after < change.before {
        faster.append(change)
      }
    }
    missing = firstOrder.filter { second[$0] == nil }.map(\.path)
    slower.sort { $0.after - $0.before > $1.after - $1.before }
    faster.sort { $0.after - $0.before < $1.after - $1.before }
  }

  private struct Key: Hashable {
    let path: [String]
    let place: Int
  }

  private static func spans(_ tree: TraceTree) -> (spans: [Key: ZipkinSpan], order: [Key]) {
    var spans: [Key: ZipkinSpan] = [:]
    var order: [Key] = []
    var places: [[String]: Int] = [:]
    var paths: [[String]] = []
    for node in tree.nodes {
      let above = node.parent.map { paths[$0] } ?? []
      let name = node.span.map { "\($0.serviceName ?? "?") \($0.name ?? "?")" } ?? "?"
      // The last 32 steps tell spans apart; a chain of 100 000 must not cost its square.
      let path = Array((above + [name]).suffix(32))
      paths.append(path)
      guard let span = node.span else { continue }
      let key = Key(path: path, place: places[path, default: 0])
      places[path, default: 0] += 1
      spans[key] = span
      order.append(key)
    }
    return (spans, order)
  }

  /// The difference as lines, safe for a terminal.
  public func lines(style: TerminalStyle) -> [String] {
    let total = after.duration - before.duration
    var lines = [
      "\(before.traceID?.description ?? "–")  \(Durations.text(before.duration))  \(before.spanCount) spans",
      "\(after.traceID?.description ?? "–")  \(Durations.text(after.duration))  \(after.spanCount) spans  "
        + Self.signed(total),
    ]
    func section(_ title: String, _ rows: [String]) {
      if !rows.isEmpty { lines += ["", title] + rows.map { "  " + $0 } }
    }
    section("slower", slower.map { style.slow(row($0)) + ($0.failsNow ? "  " + style.error("✗ fails now") : "") })
    section("faster", faster.map(row))
    section("new", new.map { "+ " + Self.name($0) })
    section("missing", missing.map { "- " + Self.name($0) })
    if lines.count == 2 { lines += ["", "no difference"] }
    return lines
  }

  private func row(_ change: Change) -> String {
    let figures = "\(Durations.text(change.before)) → \(Durations.text(change.after))"
    return Self.signed(change.after - change.before).padded(to: 12) + figures.padded(to: 24) + Self.name(change.path)
  }

  private static func signed(_ microseconds: Int64) -> String {
    (microseconds > 0 ? "+" : "") + Durations.text(microseconds)
  }

  private static func name(_ path: [String]) -> String {
    path.suffix(3).map { PlainText.of($0) }.joined(separator: " › ")
  }
}
