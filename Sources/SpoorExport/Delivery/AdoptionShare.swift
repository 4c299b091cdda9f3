// SPDX-License-Identifier: Apache-2.0

import SpoorBase
package import SpoorJournal

/// Shares the journals of dead processes between several exporters. The shipper that adopts a file passes it to the
/// others. When all of them are done, a span is marked as shipped, and a file is removed.
package final class AdoptionShare: Sendable {
  private let exporters: Int
  private let holders: Int
  private let state = Locked(State())

  private struct State: Sendable {
    /// By the file's path.
    var adopted: [String: Adopted] = [:]
    var receivers: [@Sendable (DeadJournal) -> Void] = []
  }

  private struct Adopted: Sendable {
    var holders: Int
    /// By slot, for spans that some exporters have settled.
    var settled: [UInt32: (count: Int, outcome: Journal.Delivery)] = [:]
  }

  /// - Parameters:
  ///   - exporters: the number of exporters of spans.
  ///   - others: the number of exporters that only need the lines.
  package init(exporters: Int, others: Int) {
    self.exporters = exporters
    holders = exporters + others
  }

  /// Whether an exporter of log records needs the lines.
  var exportsLines: Bool { holders > exporters }

  /// Registers an exporter that gets each journal. `receive` is called on the thread of the shipper that adopts.
  package func onAdoption(_ receive: @escaping @Sendable (DeadJournal) -> Void) {
    state.withLock { $0.receivers.append(receive) }
  }

  /// A journal has been adopted.
  func share(_ dead: DeadJournal) {
    let receivers = state.withLock { state in
      state.adopted[dead.path] = Adopted(holders: holders)
      return state.receivers
    }
    for receive in receivers { receive(dead) }
  }

  /// An exporter has settled a span. Returns what to count once all have; nil before.
  func settle(_ dead: DeadJournal, slot: UInt32, _ delivery: Journal.Delivery) -> Journal.Delivery? {
    state.withLock { state in
      var entry = state.adopted[dead.path]?.settled[slot] ?? (0, .delivered)
      entry.count += 1
      entry.outcome = max(entry.outcome, delivery)
      state.adopted[dead.path]?.settled[slot] = entry
      return entry.count >= exporters ? entry.outcome : nil
    }
  }

  /// Notes that an exporter is done with a journal. The last one removes the file.
  package func finish(_ dead: DeadJournal) {
    let isLast = state.withLock { state in
      guard var adopted = state.adopted[dead.path] else { return true }
      adopted.holders -= 1
      state.adopted[dead.path] = adopted.holders > 0 ? adopted : nil
      return adopted.holders <= 0
    }
    if isLast { dead.remove() }
  }
}
