// SPDX-License-Identifier: Apache-2.0

/// Takes the matching records of a piece of a log, on the thread that reads them.
package protocol RecordSink: Sendable {
  /// Takes a record, which is only valid during the call.
  mutating func add(_ record: LogView)
  /// An empty sink of the same kind that shares no object with this one, so that threads do not slow each other down.
  var unshared: Self { get }
  /// Takes a line without a record, without its end, if such lines are requested.
  mutating func add(other line: UnsafeRawBufferPointer)
}

extension RecordSink {
  package mutating func add(other line: UnsafeRawBufferPointer) {}
  package var unshared: Self { self }
}

/// The matches of a piece.
struct MatchList: RecordSink {
  private let content: LogReader.Content
  private(set) var matches: [LogReader.Match] = []
  /// The time of the latest record that has one.
  private(set) var lastTime = Int64.min

  init(_ content: LogReader.Content) { self.content = content }

  mutating func add(_ record: LogView) {
    if let time = record.time { lastTime = time }
    matches.append(LogReader.Match(record, content, time: lastTime))
  }

  mutating func add(other line: UnsafeRawBufferPointer) {
    unsafe matches.append(LogReader.Match(other: line, time: lastTime))
  }

  /// Gives the records before the first one with a time that of the records before the piece.
  mutating func begin(after time: Int64) {
    for index in matches.indices {
      guard matches[index].time == .min else { break }
      matches[index].time = time
    }
    if lastTime == .min { lastTime = time }
  }
}
