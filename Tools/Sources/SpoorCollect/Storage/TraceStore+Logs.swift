// SPDX-License-Identifier: Apache-2.0

import GRDB
import SpoorLogs
import SpoorModel

extension TraceStore {
  /// The maximum number of records that one request compares with a query; the next request goes on from there.
  private static let recordsRead = 200_000
  /// The maximum size of an answer's records in bytes.
  private static let recordBytes = 8 << 20

  /// The log records of a window of microseconds that meet a query, the newest first, with or without a trace.
  ///
  /// - Parameter before: where the last part of the list ended.
  func logs<Answer: Sendable>(
    _ query: LogQuery, in window: ClosedRange<Int64>, before: LogList.Place?, limit: Int,
    _ use: @escaping @Sendable (LogList) -> Answer
  ) async throws -> Answer {
    try await self.query { db, ticket in
      var list = LogList()
      var bytes = 0
      let matcher = RecordMatcher()
      let last = before ?? LogList.Place(time: window.upperBound, id: .max)
      let cursor = try Row.fetchCursor(
        db,
        sql: """
          SELECT time, id, body, sum FROM logs
          WHERE time >= ?1 AND time <= ?2 AND (time < ?2 OR id < ?3) ORDER BY time DESC, id DESC
          """, arguments: [window.lowerBound, min(last.time, window.upperBound), last.id])
      while let row = try cursor.next() {
        if list.records.count >= limit || list.read >= Self.recordsRead || bytes >= Self.recordBytes {
          list.hasMore = true
          break
        }
        if list.read & 255 == 0 { try ticket.check() }
        let place = LogList.Place(time: row.int(0) ?? 0, id: row.int(1) ?? 0)
        list.read += 1
        list.last = place
        guard let json = StoredTrace.readable(row.bytes(2) ?? [], row.int(3)), matcher.load(json),
          matcher.matches(query)
        else { continue }
        bytes += json.count
        list.records.append(LogList.Record(place: place, level: matcher.level, json: json))
      }
      return use(list)
    }
  }
}
