// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The traces that may match a filter, the newest first, found by indexes without reading the traces themselves.
///
/// They are found in blocks, so that a condition on a common operation costs one pass over its traces instead of a
/// search for each trace.
struct TraceCandidates {
  struct Candidate {
    let trace: Int64
    /// Microseconds since 1970.
    let start: Int64
  }

  private let statement: PreparedStatement
  private let counting: PreparedStatement
  private var operations: TracesOfOperations?
  private let texts: TraceTexts.Search?
  private var block: [Candidate] = []
  private var place = 0
  private var isAtEnd = false
  /// The first block is small, because most searches end in it.
  private var size = 1024

  private static let maximumSize = 65_536

  /// `nil` if nothing can match, because no such operation is in the store.
  init?(_ filter: TraceFilter, _ db: Database) throws {
    guard let found = try TraceStatement(filter, db) else { return nil }
    statement = try PreparedStatement(db, found.sql)
    counting = try PreparedStatement(db, found.countSQL)
    for (index, value) in found.values.enumerated() {
      statement.bind(value, at: Int32(index + 1))
      counting.bind(value, at: Int32(index + 1))
    }
    operations = try found.operations.map { try TracesOfOperations($0, db) }
    texts = try TraceTexts.Search(filter.texts, db)
  }

  /// The number of all candidates, by SQLite alone; `nil` if they must be walked to count them.
  func countAll() throws -> Int? {
    guard operations == nil, texts == nil, try counting.next() else { return nil }
    defer { counting.reset() }
    return counting.number(0).map { Int($0) }
  }

  mutating func next() throws -> Candidate? {
    while place == block.count {
      if isAtEnd { return nil }
      try fill()
    }
    defer { place += 1 }
    return block[place]
  }

  private mutating func fill() throws {
    block.removeAll(keepingCapacity: true)
    place = 0
    while block.count < size {
      guard try statement.next() else {
        isAtEnd = true
        break
      }
      let trace = statement.number(0) ?? 0
      guard try texts?.mayMatch(trace) ?? true else { continue }
      block.append(Candidate(trace: trace, start: statement.number(1) ?? 0))
    }
    try operations?.keep(in: &block)
    size = min(Self.maximumSize, size * 8)
  }
}

/// Chooses the traces in which one of some operations occurs.
private struct TracesOfOperations {
  private let operations: [Int64]
  private let range: PreparedStatement
  private let one: PreparedStatement

  init(_ operations: [Int64], _ db: Database) throws {
    self.operations = operations
    range = try PreparedStatement(db, "SELECT trace FROM occurrences WHERE operation = ? AND trace BETWEEN ? AND ?")
    let list = operations.map(String.init).joined(separator: ",")
    one = try PreparedStatement(
      db, "SELECT EXISTS (SELECT 1 FROM occurrences WHERE operation IN (\(list)) AND trace = ?)")
  }

  func keep(in block: inout [TraceCandidates.Candidate]) throws {
    guard let low = block.lazy.map(\.trace).min(), let high = block.lazy.map(\.trace).max() else { return }
    // Traces that begin one after the other have keys near each other, unless they were replayed or imported.
    guard high - low < 32 * Int64(block.count) else {
      block = try block.filter { try occurs(in: $0.trace) }
      return
    }
    var bits = [UInt64](repeating: 0, count: Int(high - low) / 64 + 1)
    for operation in operations {
      range.bind(operation, at: 1)
      range.bind(low, at: 2)
      range.bind(high, at: 3)
      while try range.next() {
        let place = Int((range.number(0) ?? low) - low)
        bits[place >> 6] |= 1 << UInt64(place & 63)
      }
    }
    block = block.filter { bits[Int($0.trace - low) >> 6] & 1 << UInt64(Int($0.trace - low) & 63) != 0 }
  }

  private func occurs(in trace: Int64) throws -> Bool {
    one.bind(trace, at: 1)
    defer { one.reset() }
    return try one.next() && one.number(0) == 1
  }
}
