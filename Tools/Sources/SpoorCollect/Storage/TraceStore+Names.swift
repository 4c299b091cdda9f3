// SPDX-License-Identifier: Apache-2.0

import GRDB
import SpoorModel

extension TraceStore {
  /// The sorted names of services that recorded spans.
  func services() async throws -> [String] {
    try await names("SELECT DISTINCT service FROM operations WHERE service <> '' ORDER BY service LIMIT 10000", [])
  }

  /// The sorted names of a service's spans.
  func spanNames(of service: String) async throws -> [String] {
    try await names(
      "SELECT name FROM operations WHERE service = ? AND name <> '' ORDER BY name LIMIT 10000",
      [Operation.indexed(service.zipkinName)])
  }

  /// The sorted names of the services that a service called or was called by.
  func remoteServices(of service: String) async throws -> [String] {
    try await names(
      "SELECT remote FROM remotes WHERE service = ? ORDER BY remote", [Operation.indexed(service.zipkinName)])
  }

  private func names(_ sql: String, _ arguments: [String]) async throws -> [String] {
    try await query { db, _ in
      try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments)).compactMap { $0.text(0) }
    }
  }

  /// The sorted keys of tags in the latest traces, or the values of one of them; at most 1 000.
  func tags(_ key: String?) async throws -> [String] {
    var filter = TraceFilter()
    if let key { filter.annotations = [AnnotationTerm(key: key, value: nil)] }
    return try await query { [self, filter] db, ticket in
      var names: Set<String> = []
      var traces = 0
      try walk(filter, db, ticket) { _, spans in
        for span in spans where names.count < 1000 {
          for tag in span.tags where tag.value.utf8.count <= 200 && tag.key.utf8.count <= 200 {
            if key == nil { names.insert(tag.key) } else if tag.key == key { names.insert(tag.value) }
          }
        }
        traces += 1
        return traces < 200 && names.count < 1000
      }
      return names.sorted()
    }
  }

  /// The sorted names of fields in the latest log records, or the values of one of them; at most 1 000.
  func logFields(_ key: String?) async throws -> [String] {
    try await query { db, ticket in
      var names: Set<String> = []
      let cursor = try Row.fetchCursor(db, sql: "SELECT body, sum FROM logs ORDER BY id DESC LIMIT 2000")
      while names.count < 1000, let row = try cursor.next() {
        try ticket.check()
        guard let line = StoredTrace.readable(row.bytes(0) ?? [], row.int(1)) else { continue }
        let fields = LogLine.words(of: line)
        guard let key else {
          names.formUnion(fields.keys.lazy.filter { $0.utf8.count <= 200 })
          continue
        }
        if let value = fields[key], value.utf8.count <= 200 { names.insert(value) }
      }
      return names.sorted()
    }
  }
}
