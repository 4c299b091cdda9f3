// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// Log records of a time range, the newest first.
struct LogList: Sendable {
  /// A record's place in the order of time.
  struct Place: Sendable, Hashable {
    let time: Int64
    let id: Int64

    init(time: Int64, id: Int64) { (self.time, self.id) = (time, id) }

    /// Reads `TIME-ID`; `nil` for anything else.
    init?(_ text: String) {
      let parts = text.split(separator: "-")
      guard parts.count == 2, let time = Int64(parts[0]), let id = Int64(parts[1]) else { return nil }
      self.init(time: time, id: id)
    }
  }

  struct Record: Sendable {
    let place: Place
    /// The level by Spoor's name, if it is known.
    let level: String?
    let json: [UInt8]
  }

  var records: [Record] = []
  /// Whether there are older records that were not looked at, or not returned.
  var hasMore = false
  /// The records that were compared with the query.
  var read = 0
  /// The last record that was compared.
  var last: Place?

  /// `{"counts","logs":[{"id":"TIME-ID","time":µs,"level","record":{…}}],"more","read","next":"TIME-ID"}`.
  func json(_ counts: StoreCounts) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("counts")
      writer.raw(SearchAnswer.json(counts))
      writer.key("logs")
      writer.array { writer in
        for record in records {
          writer.object { writer in
            writer.key("id")
            writer.string("\(record.place.time)-\(record.place.id)")
            writer.key("time")
            writer.number(record.place.time)
            if let level = record.level {
              writer.key("level")
              writer.string(level)
            }
            writer.key("record")
            writer.raw(record.json)
          }
        }
      }
      writer.key("read")
      writer.number(read)
      writer.key("more")
      writer.bool(hasMore)
      if hasMore, let last {
        writer.key("next")
        writer.string("\(last.time)-\(last.id)")
      }
    }
    return writer.bytes
  }
}
