// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SpoorModel

/// Keeps the store within its limit by deleting whole traces: the oldest of the services that exceed their share.
///
/// A service's share is the limit divided by the number of services with traces, so that a noisy service evicts its own
/// traces and not the few of a quiet one.
struct Eviction {
  /// The maximum number of services with a share of their own. All further services have one share together.
  static let maximumOwners = 1000

  let maximumBytes: Int
  /// The number of traces that are deleted before the size is measured again.
  private static let round = 64

  /// The result of an eviction.
  struct Outcome {
    var traces = 0
    var spans = 0
    var logs = 0
    /// The operations that no longer occur in any trace.
    var operations: Set<Int64> = []
    /// The owners that no longer have traces.
    var owners: Set<Int64> = []
    var hasDeletedOrigins = false
  }

  /// The size of the pages in use, in bytes.
  static func usedBytes(_ db: Database) throws -> Int {
    let pages = try Int.fetchOne(db.cachedStatement(sql: "PRAGMA page_count")) ?? 0
    let free = try Int.fetchOne(db.cachedStatement(sql: "PRAGMA freelist_count")) ?? 0
    let size = try Int.fetchOne(db.cachedStatement(sql: "PRAGMA page_size")) ?? 4096
    return (pages - free) * size
  }

  func run(_ db: Database) throws -> Outcome {
    var outcome = Outcome()
    guard try Self.usedBytes(db) > maximumBytes else { return outcome }
    // A little more than needed is deleted, so that not every batch has to evict.
    let target = maximumBytes - maximumBytes / 32
    var suspects: Set<Int64> = []
    var owners: Set<Int64> = []
    var groups: Set<Int64> = []
    while try Self.usedBytes(db) > target {
      let lines = outcome.logs
      let victims = try victims(db, &outcome)
      if victims.isEmpty, outcome.logs == lines { break }
      for victim in victims {
        suspects.formUnion(victim.calls.operations)
        suspects.formUnion(victim.root.map { [$0] } ?? [])
        owners.insert(victim.owner)
        groups.insert(TraceTexts.group(of: victim.id))
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
        try db.cachedStatement(sql: "DELETE FROM operations WHERE id = ?").execute(arguments: [id])
        outcome.operations.insert(id)
      }
    }
    for id in owners { try forgetIfEmpty(owner: id, db, &outcome) }
    outcome.hasDeletedOrigins = try StoredOrigins.evict(db)
    try TraceTexts.evict(groups, db)
    return outcome
  }

  private func victims(_ db: Database, _ outcome: inout Outcome) throws -> [TraceRow] {
    while true {
      let owners = try Row.fetchAll(
        db.cachedStatement(sql: "SELECT id, bytes FROM owners ORDER BY bytes DESC LIMIT \(Self.maximumOwners + 2)"))
      guard !owners.isEmpty else { return [] }
      let total = owners.reduce(Int64(0)) { $0.addingClamped(max(0, $1.int(1) ?? 0)) }
      let share = total / Int64(owners.count)
      var rows: [TraceRow] = []
      var wasEmpty = false
      // The largest owner always takes at least its share, so there is always one.
      for owner in owners.prefix(Self.round) where owner.int(1) ?? 0 >= share {
        let id = owner.int(0) ?? 0
        if id == LooseLogs.owner {
          outcome.logs += try LooseLogs.evict(Self.round * 16, db)
          continue
        }
        let oldest = try Row.fetchAll(
          db.cachedStatement(
            sql: "SELECT \(TraceRow.selection) FROM traces WHERE owner = ? ORDER BY id LIMIT \(Self.round)"),
          arguments: [id])
        rows += oldest.map(TraceRow.init)
        if oldest.isEmpty {
          wasEmpty = true
          try forgetIfEmpty(owner: id, db, &outcome)
        }
      }
      // An owner whose size was overestimated has no traces left; the others are checked again.
      if rows.isEmpty, wasEmpty { continue }
      return Array(rows.sorted { $0.id < $1.id }.prefix(Self.round))
    }
  }

  private func forgetIfEmpty(owner: Int64, _ db: Database, _ outcome: inout Outcome) throws {
    try db.cachedStatement(
      sql: "DELETE FROM owners WHERE id = ?1 AND id > 0 AND NOT EXISTS (SELECT 1 FROM traces WHERE owner = ?1)"
    ).execute(arguments: [owner])
    if db.changesCount > 0 { outcome.owners.insert(owner) }
  }

  private func delete(_ row: TraceRow, _ db: Database) throws {
    for id in row.calls.operations {
      try db.cachedStatement(sql: "DELETE FROM occurrences WHERE operation = ? AND trace = ?")
        .execute(arguments: [id, row.id])
    }
    for table in ["chunks", "logs", "members"] {
      try db.cachedStatement(sql: "DELETE FROM \(table) WHERE trace = ?").execute(arguments: [row.id])
    }
    try db.cachedStatement(sql: "DELETE FROM traces WHERE id = ?").execute(arguments: [row.id])
    try db.cachedStatement(sql: "UPDATE owners SET bytes = max(0, bytes - ?) WHERE id = ?")
      .execute(arguments: [row.bytes, row.owner])
  }
}
