// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SpoorModel

/// The texts of traces in groups of 64 with consecutive keys, as ``Trigrams`` in the table `texts`.
///
/// A group without a row, and one from before version 6 of the store, may contain any text.
enum TraceTexts {
  private static let size: Int64 = 64
  /// The counter with the first group whose row is complete.
  static let first = "textsFrom"

  static func group(of trace: Int64) -> Int64 { trace / size }

  /// Adds the texts of a span that ``SpanRecord`` has.
  static func insert(_ span: ZipkinSpan, into trigrams: inout Trigrams) {
    for tag in span.tags {
      trigrams.insert(tag.key)
      trigrams.insert(tag.value)
    }
    for text in [span.name, span.serviceName, span.remoteEndpoint?.serviceName] {
      if let text { trigrams.insert(text) }
    }
    for annotation in span.annotations { trigrams.insert(annotation.value) }
  }

  /// Whether a text can be searched for here. Not texts that a span's record has from elsewhere: its identifier, its
  /// kind, and the names of its fields.
  static func has(_ text: [UInt8]) -> Bool {
    guard text.count >= 3, text.count > 16 || !text.allSatisfy(isHexDigit) else { return false }
    let text = String(decoding: text, as: UTF8.self)
    return !elsewhere.contains { $0.contains(text) }
  }

  private static let elsewhere = [
    "name", "service", "remote", "kind", "span_id", "event", "client", "server", "producer", "consumer",
  ]

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }

  /// Deletes the groups among some that no longer have traces.
  static func evict(_ groups: Set<Int64>, _ db: Database) throws {
    for group in groups {
      try db.cachedStatement(
        sql: """
          DELETE FROM texts WHERE id = ?1 AND NOT EXISTS (
            SELECT 1 FROM traces WHERE id BETWEEN ?1 * \(size) AND ?1 * \(size) + \(size - 1))
          """
      ).execute(arguments: [group])
    }
  }

  /// Writes the groups, each once in a transaction.
  struct Writer {
    private var groups: [Int64: Trigrams] = [:]
    private var changed: Set<Int64> = []
    private var first: Int64?
    private static let maximumGroups = 256

    /// Adds the texts of a piece of a trace.
    mutating func add(_ trigrams: Trigrams, to trace: Int64, _ db: Database) throws {
      let group = TraceTexts.group(of: trace)
      let first = try self.first ?? Self.first(db)
      self.first = first
      guard !trigrams.isEmpty, group >= first else { return }
      if groups[group] == nil {
        let row = try Row.fetchOne(
          db.cachedStatement(sql: "SELECT trigrams FROM texts WHERE id = ?"), arguments: [group])
        groups[group] = row?.bytes(0).flatMap { Trigrams($0) } ?? Trigrams()
      }
      if groups[group]?.formUnion(trigrams) == true { changed.insert(group) }
    }

    private static func first(_ db: Database) throws -> Int64 {
      try Row.fetchOne(db, sql: "SELECT value FROM counters WHERE name = ?", arguments: [TraceTexts.first])?.int(0) ?? 0
    }

    mutating func save(_ db: Database) throws {
      for group in changed {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO texts (id, trigrams) VALUES (?, ?)")
          .execute(arguments: [group, Data(groups[group]?.bytes ?? [])])
      }
      changed.removeAll(keepingCapacity: true)
      if groups.count > Self.maximumGroups { groups.removeAll(keepingCapacity: true) }
    }

    /// Forgets the groups after some were deleted.
    mutating func forget() { groups.removeAll(keepingCapacity: true) }
  }

  /// A search for traces whose texts may contain all of some texts.
  final class Search {
    private let places: Set<Int>
    private let statement: PreparedStatement
    private var known: [Int64: Bool] = [:]
    private var last: (group: Int64, mayMatch: Bool) = (-1, true)

    /// `nil` if the search concerns no text that is in the table.
    init?(_ texts: [[UInt8]], _ db: Database) throws {
      places = texts.filter(TraceTexts.has).reduce(into: []) { $0.formUnion(Trigrams.places(of: $1)) }
      guard !places.isEmpty else { return nil }
      statement = try PreparedStatement(db, "SELECT trigrams FROM texts WHERE id = ?")
    }

    func mayMatch(_ trace: Int64) throws -> Bool {
      let group = TraceTexts.group(of: trace)
      if last.group == group { return last.mayMatch }
      let mayMatch = try known[group] ?? read(group)
      known[group] = mayMatch
      last = (group, mayMatch)
      return mayMatch
    }

    private func read(_ group: Int64) throws -> Bool {
      statement.bind(group, at: 1)
      defer { statement.reset() }
      return try !statement.next() || Trigrams.contains(places, in: statement.bytes(0))
    }
  }
}
