// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SpoorModel
import Synchronization

/// The origins of spans that came by OTLP, as the store's writer knows them. A process's resource is the same in all of
/// its traces, and often larger than its spans, so it is stored once and referred to by its number.
///
/// The row of an origin says up to which trace it may be used. It is deleted when all traces up to that one are
/// evicted. An origin that is too large, or comes when the limits are reached, is stored with its spans instead.
struct StoredOrigins {
  /// The maximum size of one origin in bytes.
  static let maximumBytes = 16 << 10
  /// The maximum number of origins.
  static let maximumCount = 10_000
  /// How many traces an origin may be used for before its row is written again.
  private static let reach: Int64 = 10_000

  /// The maximum size of all origins in bytes.
  private let limit: Int
  private var numbers = NameCache<OTLPOrigin>(limit: 2000)
  /// By number: the last trace for which its row is written.
  private var lasts = NameCache<Int64>(limit: 2000)
  private var total: (count: Int, bytes: Int)?

  /// - Parameter maximumBytes: the limit of the store; origins take at most a sixteenth of it.
  init(maximumBytes: Int) { limit = maximumBytes / 16 }

  /// The bytes that an origin adds to a trace: only a number if it is stored already.
  func cost(of origin: OTLPOrigin) -> Int { numbers[origin] == nil ? origin.size : 4 }

  /// The number of an origin for a trace; `nil` if it has to be stored with its spans.
  mutating func number(of origin: OTLPOrigin, in trace: Int64, _ db: Database) throws -> Int64? {
    if let number = numbers[origin], let last = lasts[number], trace <= last { return number }
    guard origin.size <= Self.maximumBytes else { return nil }
    let body = StoredSpans.message(origin)
    let sum = Checksum.of(body)
    let last = trace.addingClamped(Self.reach)
    let found = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM origins WHERE sum = ? AND body = ?"), arguments: [sum, Data(body)])
    let number: Int64
    if let found {
      number = found
      try db.cachedStatement(sql: "UPDATE origins SET trace = max(trace, ?) WHERE id = ?")
        .execute(arguments: [last, number])
    } else {
      guard try takeRoom(body.count, db) else { return nil }
      try db.cachedStatement(sql: "INSERT INTO origins (sum, body, trace) VALUES (?, ?, ?)")
        .execute(arguments: [sum, Data(body), last])
      number = db.lastInsertedRowID
    }
    numbers.insert(origin, number)
    lasts.insert(number, last)
    return number
  }

  private mutating func takeRoom(_ bytes: Int, _ db: Database) throws -> Bool {
    var now = try total ?? Self.total(db)
    defer { total = now }
    guard now.count < Self.maximumCount, now.bytes + bytes <= limit else { return false }
    now = (now.count + 1, now.bytes + bytes)
    return true
  }

  private static func total(_ db: Database) throws -> (count: Int, bytes: Int) {
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT count(*), coalesce(sum(length(body)), 0) FROM origins"))
    return (Int(row?.int(0) ?? 0), Int(row?.int(1) ?? 0))
  }

  /// Keeps what was cached since the last call, because its rows are written.
  mutating func commit() {
    numbers.commit()
    lasts.commit()
  }

  /// Discards what was cached since the last commit, because its rows were rolled back.
  mutating func rollBack() {
    numbers.rollBack()
    lasts.rollBack()
    total = nil
  }

  /// Discards everything cached, because origins were deleted.
  mutating func forget() {
    self = StoredOrigins(limit: limit)
  }

  private init(limit: Int) { self.limit = limit }

  /// Deletes the origins that no trace has any more. Returns whether there were any.
  static func evict(_ db: Database) throws -> Bool {
    try db.execute(sql: "DELETE FROM origins WHERE trace < coalesce((SELECT min(id) FROM traces), \(Int64.max))")
    return db.changesCount > 0
  }
}

/// The origins that queries have read. A number stands for one origin for ever.
final class OriginCache: Sendable {
  private static let limit = 1000
  private let origins = Mutex<[UInt64: OTLPOrigin]>([:])

  /// The origin of a number; `nil` if it is not there or damaged.
  func origin(_ number: UInt64, _ db: Database) -> OTLPOrigin? {
    if let known = origins.withLock({ $0[number] }) { return known }
    guard let id = Int64(exactly: number),
      let row = try? Row.fetchOne(
        db.cachedStatement(sql: "SELECT body, sum FROM origins WHERE id = ?"), arguments: [id]),
      let body = row.bytes(0), Checksum.matches(body, row.int(1)), let origin = try? StoredSpans.origin(body)
    else { return nil }
    origins.withLock { origins in
      if origins.count >= Self.limit { origins.removeAll(keepingCapacity: true) }
      origins[number] = origin
    }
    return origin
  }
}
