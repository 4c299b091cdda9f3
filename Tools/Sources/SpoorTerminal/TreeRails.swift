// SPDX-License-Identifier: Apache-2.0

internal import SpoorModel

/// The lines that connect a tree's nodes.
struct TreeRails: Sendable {
  /// Deeper nodes are drawn at this depth, because a chain of 100 000 spans must not fill the lines with spaces.
  static let maximumDepth = 24

  private let tree: TraceTree

  init(_ tree: TraceTree) { self.tree = tree }

  /// The prefix of a node: `├ `, with `│` for each line that continues beside it, and `┊┄┄ ` for a continuation.
  func prefix(of index: Int) -> String {
    guard tree.nodes[index].parent != nil else { return "" }
    if tree.isContinuation(index) { return rails(of: index) + "┊┄┄ " }
    return rails(of: index) + (isLast(index) ? "└ " : "├ ")
  }

  /// The prefix of a line that belongs to a node.
  func below(_ index: Int) -> String {
    var text = tree.nodes[index].parent == nil ? "" : rails(of: index) + (isLast(index) ? "  " : "│ ")
    text += tree.nodes[index].children.isEmpty ? "  " : "│ "
    return text
  }

  private func rails(of index: Int) -> String {
    var parts: [String] = []
    var current = tree.nodes[index].parent
    while let above = current, tree.nodes[above].parent != nil, parts.count < Self.maximumDepth {
      parts.append(isLast(above) ? "  " : "│ ")
      current = tree.nodes[above].parent
    }
    return parts.reversed().joined()
  }

  private func isLast(_ index: Int) -> Bool {
    guard let parent = tree.nodes[index].parent else { return true }
    return tree.nodes[parent].children.last == index
  }
}
