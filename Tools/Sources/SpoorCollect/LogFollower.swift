// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import SpoorModel

/// Follows a file of JSON log records like `tail -F`: from its beginning, then appended records, across rotation.
///
/// A renamed file is read to its end before the new file of that name; a truncated file is read from its beginning. A
/// line is read once its end has been written. Lines that are not JSON objects are skipped, and so are records that
/// cannot be stored.
struct LogFollower {
  let path: String
  let store: TraceStore
  /// The polling interval.
  var interval: Duration = .milliseconds(250)
  /// A longer line is skipped.
  private static let maximumLine = 1 << 20

  /// Runs until its task is cancelled.
  func run() async throws {
    var handle: FileHandle?
    var inode: UInt64 = 0
    var offset: UInt64 = 0
    var rest: [UInt8] = []
    while !Task.isCancelled {
      if let open = handle {
        try await readOn(open, &offset, &rest)
        let now = try? FileManager.default.attributesOfItem(atPath: path)
        let number = (now?[.systemFileNumber] as? NSNumber)?.uint64Value
        let size = (now?[.size] as? NSNumber)?.uint64Value ?? 0
        if number == inode, size < offset {
          offset = 0
          rest = []
        } else if let number, number != inode {
          // Reads the lines that were written between the last read and the rename.
          try await readOn(open, &offset, &rest)
          try? open.close()
          handle = nil
          continue
        }
      } else if let open = FileHandle(forReadingAtPath: path) {
        var status = stat()
        inode = unsafe fstat(open.fileDescriptor, &status) == 0 ? UInt64(status.st_ino) : 0
        handle = open
        offset = 0
        rest = []
        continue
      }
      do { try await Task.sleep(for: interval) } catch { break }
    }
    try? handle?.close()
  }

  private func readOn(_ handle: FileHandle, _ offset: inout UInt64, _ rest: inout [UInt8]) async throws {
    while !Task.isCancelled {
      guard (try? handle.seek(toOffset: offset)) != nil,
        let data = try? handle.read(upToCount: 1 << 20), !data.isEmpty
      else { return }
      offset += UInt64(data.count)
      rest += data
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else {
        if rest.count > Self.maximumLine { rest = [] }
        continue
      }
      let records = rest[...end].split(separator: UInt8(ascii: "\n")).compactMap { LogLine($0) }
      rest.removeSubrange(...end)
      try await add(records)
    }
  }

  /// Waits while the store has no room; the records are still in the file.
  private func add(_ records: [LogLine]) async throws {
    while true {
      do {
        return try await store.add(logs: records)
      } catch let refusal as IngestQueue.Refusal {
        if case .record = refusal { return }
        try await Task.sleep(for: .seconds(1))
      }
    }
  }
}
