/// Finds the lines in a dead process's ring that were committed and not written. What it reads is never trusted.
package enum LogRingRecovery {
  /// The lines, in the order in which room was reserved for them, each with its line end.
  ///
  /// - Returns: nil where this is no ring of this version; what lies behind a damaged record is given up.
  package static func lines(in region: UnsafeRawBufferPointer) -> [[UInt8]]? {
    func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
      unsafe region.loadUnaligned(fromByteOffset: offset, as: T.self)
    }
    let header = LogRing.headerBytes
    guard region.count >= header, load(LogRing.Header.magic) == LogRing.magic,
      load(LogRing.Header.version) == LogRing.version
    else { return nil }
    let capacity: UInt64 = load(LogRing.Header.capacity)
    let tail: UInt64 = load(LogRing.Header.tail)
    let head: UInt64 = load(LogRing.Header.head)
    guard capacity == UInt64((region.count - header) & ~15), capacity > 0, tail <= head, head - tail <= capacity,
      tail % 16 == 0, head % 16 == 0
    else { return nil }
    var result: [[UInt8]] = []
    var position = tail
    while position < head {
      let offset = header + Int(position % capacity)
      let room = Int(capacity - position % capacity)
      let length = Int(load(offset, as: UInt32.self))
      let state: UInt32 = load(offset + 4)
      guard load(offset + 8, as: UInt64.self) == position, length <= room - LogRing.recordHeader,
        (LogRing.State.reserved...LogRing.State.unresolved).contains(state)
      else { break }
      if state == LogRing.State.committed || state == LogRing.State.unresolved {
        let start = offset + LogRing.recordHeader
        unsafe result.append(Array(region[start..<start + length]))
      }
      position += UInt64(LogRing.size(length))
    }
    return result
  }
}
