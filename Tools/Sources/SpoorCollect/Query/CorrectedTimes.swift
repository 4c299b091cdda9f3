// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import Synchronization

/// The first start and the last end of traces with their hosts' clocks corrected, as the page of a trace shows them.
///
/// A trace's row has the times as they were sent, because a correction needs the whole tree. The list reads the traces
/// that it shows once, and keeps the result until the trace changes.
final class CorrectedTimes: Sendable {
  /// Traces with more spans keep the times as they were sent, because reading them would delay the list.
  static let maximumSpans = 2000
  private static let maximumTraces = 20_000

  private struct Known {
    let bytes: Int
    let first: Int64
    let last: Int64
  }

  private let known = Mutex<[Int64: Known]>([:])

  /// Whether the times of a row as they were sent cannot be right, because something begins before the root.
  static func isSuspicious(_ row: TraceRow) -> Bool {
    guard row.isRooted, let first = row.first, let start = row.start else { return false }
    return first < start
  }

  /// Corrects a row's times.
  func correct(_ row: inout TraceRow, _ spans: () throws -> [ZipkinSpan]) rethrows {
    guard row.spans > 1, row.spans <= Self.maximumSpans else { return }
    let (id, bytes) = (row.id, row.bytes)
    if let found = known.withLock({ $0[id] }), found.bytes == bytes {
      (row.first, row.last) = (found.first, found.last)
      return
    }
    let tree = TraceTree(try spans())
    guard tree.nodes.contains(where: { $0.start != nil }) else { return }
    (row.first, row.last) = (tree.start, tree.end)
    known.withLock { known in
      if known.count >= Self.maximumTraces { known.removeAll(keepingCapacity: true) }
      known[id] = Known(bytes: bytes, first: tree.start, last: tree.end)
    }
  }
}
