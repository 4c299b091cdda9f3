import Foundation
import GRDB

/// Keeps the store within its bound: whole traces go, the oldest of those services that take more than their share.
///
/// A service's share is the bound divided by the number of services that hold anything, so that one that is noisy
/// evicts its own traces, and the few of a quiet one stay.
struct Eviction {
  let maximumBytes: Int
  /// Traces that go before the room is measured again.
  private static let round = 64

  /// What went.
  struct Outcome {
    var traces = 0
    var spans = 0
    var logs = 0
    /// Operations that occur nowhere any more.
    var operations: Set<Int64> = []
  }

  /// Bytes of the pages in use.
  static func usedBytes(_ db: Database) throws -> Int {
    let pages = try Int.fetchOne(db.cachedStatement(sql: "PRAGMA page_count")) ?? 0
    let free = try Int.fetchOne(db.cachedStatement(sql: "PRAGMA freelist_count")) ?? 0
    let size = try Int.fetchOne(db.cachedStatement(sql: "PRAGMA page_size")) ?? 4096
    return (pages - free) * size
  }

  func run(_ db: Database) throws -> Outcome {
    var outcome = Outcome()
    guard try Self.usedBytes(db) > maximumBytes else { return outcome }
    // A little more than needed, so that not every batch has to.
    let target = maximumBytes - maximumBytes / 32
    var suspects: Set<Int64> = []
    while try Self.usedBytes(db) > target {
      let victims = try victims(db)
      if victims.isEmpty { break }
      for victim in victims {
        suspects.formUnion(victim.calls.operations)
        try delete(victim, db)
        outcome.traces += 1
        outcome.spans += victim.spans
        outcome.logs += victim.logs
      }
    }
    for id in suspects {
      let occurs = try Bool.fetchOne(
        db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM occurrences WHERE operation = ?)"), arguments: [id])
      if occurs == false {
        try db.execute(sql: "DELETE FROM operations WHERE id = ?", arguments: [id])
        outcome.operations.insert(id)
      }
    }
    return outcome
  }

  private func victims(_ db: Database) throws -> [TraceRow] {
    let owners = try Row.fetchAll(db, sql: "SELECT id, bytes FROM owners WHERE bytes > 0 ORDER BY bytes DESC")
    let total = owners.reduce(0) { $0 + ($1[1] as Int) }
    let share = total / max(1, owners.count)
    var rows: [TraceRow] = []
    // At least the greatest takes its share or more; the loop never asks more services than there is room to drop for.
    for owner in owners.prefix(Self.round) where (owner[1] as Int) >= share {
      let oldest = try Row.fetchAll(
        db.cachedStatement(sql: "SELECT * FROM traces WHERE owner = ? ORDER BY id LIMIT \(Self.round)"),
        arguments: [owner[0] as Int64])
      rows += oldest.map(TraceRow.init)
    }
    return Array(rows.sorted { $0.id < $1.id }.prefix(Self.round))
  }

  private func delete(_ row: TraceRow, _ db: Database) throws {
    for id in row.calls.operations {
      try db.cachedStatement(sql: "DELETE FROM occurrences WHERE operation = ? AND trace = ?")
        .execute(arguments: [id, row.id])
    }
    try db.cachedStatement(sql: "DELETE FROM chunks WHERE trace = ?").execute(arguments: [row.id])
    try db.cachedStatement(sql: "DELETE FROM logs WHERE trace = ?").execute(arguments: [row.id])
    try db.cachedStatement(sql: "DELETE FROM traces WHERE id = ?").execute(arguments: [row.id])
    try db.cachedStatement(sql: "UPDATE owners SET bytes = max(0, bytes - ?) WHERE id = ?")
      .execute(arguments: [row.bytes, row.owner])
  }
}
