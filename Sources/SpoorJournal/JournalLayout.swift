/// Where the parts of a journal lie in its mapping. `FORMAT.md` is the same in words.
///
/// ```
/// | header 64 KiB | crash record 64 KiB | log ring | slots … |
/// ```
package struct JournalLayout: Sendable, Equatable {
  /// Bytes of the header: identity, resource, heartbeat, loaded images.
  package static let headerBytes = 64 << 10
  /// Bytes for what the signal handler writes.
  package static let crashBytes = 64 << 10
  /// The smallest journal: 1 MiB. Less holds too few spans to be worth its header.
  package static let minimumBytes = 1 << 20
  /// The largest: 2^32 − 2 slots could be addressed; 64 GiB is far beyond sense already.
  package static let maximumBytes = 64 << 30

  /// Bytes of the whole mapping, a multiple of the page size.
  package let totalBytes: Int
  /// Bytes of the ring of log lines.
  package let logRingBytes: Int

  package var crashOffset: Int { Self.headerBytes }
  package var logRingOffset: Int { Self.headerBytes + Self.crashBytes }
  package var slotsOffset: Int { logRingOffset + logRingBytes }
  package var slotCount: Int { (totalBytes - slotsOffset) / SlotLayout.size }

  /// - Parameters:
  ///   - totalBytes: from 1 MiB to 64 GiB, rounded down to 64 KiB.
  ///   - logRingBytes: nil for an eighth of it, at most 8 MiB; rounded down to 64 KiB; 0 for none.
  /// - Throws: ``JournalError/invalidSize(bytes:expected:)``.
  package init(totalBytes: Int, logRingBytes: Int? = nil) throws(JournalError) {
    guard (Self.minimumBytes...Self.maximumBytes).contains(totalBytes) else {
      throw .invalidSize(bytes: totalBytes, expected: "from \(Self.minimumBytes) to \(Self.maximumBytes) bytes")
    }
    let rounding = 64 << 10
    self.totalBytes = totalBytes / rounding * rounding
    let ring = logRingBytes ?? min(totalBytes / 8, 8 << 20)
    self.logRingBytes = ring / rounding * rounding
    guard ring >= 0, self.totalBytes - Self.headerBytes - Self.crashBytes - self.logRingBytes >= 256 << 10 else {
      throw .invalidSize(bytes: ring, expected: "a log ring that leaves 256 KiB of the journal's \(totalBytes) bytes")
    }
  }
}
