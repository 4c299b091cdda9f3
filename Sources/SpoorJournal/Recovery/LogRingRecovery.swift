// SPDX-License-Identifier: Apache-2.0

/// A line of a dead process's ring that is not done with.
package struct RecoveredLine: Sendable {
  /// With its line end.
  package let bytes: [UInt8]
  /// Where its record lies in the ring's region.
  let offset: Int
  /// Whether some destination may not have it.
  package let needsWriting: Bool
  /// Whether the exporter of log records, if there was one, has not sent it.
  package let needsExport: Bool
}

/// Finds the committed, unwritten lines in a dead process's ring. The content is not trusted.
package enum LogRingRecovery {
  /// The lines that some destination may not have, in the order in which room was reserved for them, each with its line
  /// end.
  ///
  /// - Returns: nil if this is not a ring of this version. Everything after a damaged record is lost.
  package static func lines(in region: UnsafeRawBufferPointer) -> [[UInt8]]? {
    unsafe records(in: region)?.filter(\.needsWriting).map(\.bytes)
  }

  /// The lines that are not done with, in the order in which room was reserved for them.
  ///
  /// - Returns: nil if this is not a ring of this version. Everything after a damaged record is lost.
  package static func records(in region: UnsafeRawBufferPointer) -> [RecoveredLine]? {
    func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
      unsafe region.loadUnaligned(fromByteOffset: offset, as: T.self)
    }
    let header = LogRing.headerBytes
    guard let capacity = unsafe capacity(of: region) else { return nil }
    let tail: UInt64 = load(LogRing.Header.tail)
    let head: UInt64 = load(LogRing.Header.head)
    // No process ever writes that many bytes. The limit also excludes overflow below.
    guard head <= UInt64(Int64.max / 2), tail <= head, head - tail <= capacity, tail % 16 == 0, head % 16 == 0
    else { return nil }
    var result: [RecoveredLine] = []
    var position = tail
    while position < head {
      let offset = header + Int(position % capacity)
      let room = Int(capacity - position % capacity)
      guard room >= LogRing.recordHeader else { break }
      let length = Int(load(offset, as: UInt32.self))
      let state: UInt32 = load(offset + 4)
      guard load(offset + 8, as: UInt64.self) == position, length <= room - LogRing.recordHeader,
        UInt64(LogRing.size(length)) <= head - position,
        (LogRing.State.reserved...LogRing.State.notExported).contains(state)
      else { break }
      let isWhole = state == LogRing.State.committed || state == LogRing.State.unresolved
      if isWhole || state == LogRing.State.exportOnly || state == LogRing.State.notExported {
        let start = offset + LogRing.recordHeader
        result.append(
          RecoveredLine(
            bytes: unsafe Array(region[start..<start + length]), offset: offset,
            needsWriting: isWhole || state == LogRing.State.notExported,
            needsExport: isWhole || state == LogRing.State.exportOnly))
      }
      position += UInt64(LogRing.size(length))
    }
    return result
  }

  /// The bytes for records; nil if the region is not a ring of this version.
  private static func capacity(of region: UnsafeRawBufferPointer) -> UInt64? {
    let header = LogRing.headerBytes
    guard region.count >= header,
      unsafe region.loadUnaligned(fromByteOffset: LogRing.Header.magic, as: type(of: LogRing.magic)) == LogRing.magic,
      unsafe region.loadUnaligned(fromByteOffset: LogRing.Header.version, as: type(of: LogRing.version))
        == LogRing.version
    else { return nil }
    let capacity = unsafe region.loadUnaligned(fromByteOffset: LogRing.Header.capacity, as: UInt64.self)
    return capacity > 0 && capacity == UInt64((region.count - header) & ~15) ? capacity : nil
  }

  /// The whole lines that are still in the ring's memory, written or not, the oldest first: the latest history of a
  /// process. Lines that are being written at the moment may be missing.
  package static func history(in region: UnsafeRawBufferPointer) -> [[UInt8]] {
    func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
      unsafe region.loadUnaligned(fromByteOffset: offset, as: T.self)
    }
    let header = LogRing.headerBytes
    guard let capacity = unsafe capacity(of: region) else { return [] }
    let head: UInt64 = load(LogRing.Header.head)
    var found: [(position: UInt64, line: [UInt8])] = []
    // Records are aligned, and each holds its position, which leads to its place in the ring.
    var offset = 0
    while offset + LogRing.recordHeader <= Int(capacity) {
      let start = header + offset
      let length = Int(load(start, as: UInt32.self))
      let state: UInt32 = load(start + 4)
      let position: UInt64 = load(start + 8)
      guard position % capacity == UInt64(offset), position < head,
        (LogRing.State.committed...LogRing.State.notExported).contains(state), state != LogRing.State.padding,
        length > 0, length <= Int(capacity) - offset - LogRing.recordHeader
      else {
        offset += 16
        continue
      }
      let text = start + LogRing.recordHeader
      let line = unsafe Array(region[text..<text + length])
      if line.last == UInt8(ascii: "\n") { found.append((position, line)) }
      offset += LogRing.size(length)
    }
    return found.sorted { $0.position < $1.position }.map(\.line)
  }
}
