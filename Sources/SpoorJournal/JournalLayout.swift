// SPDX-License-Identifier: Apache-2.0

/// The position of each part of a journal in its mapping. `FORMAT.md` describes the layout in words.
///
/// ```
/// | header 64 KiB | crash record 64 KiB | log ring | slots … |
/// ```
package struct JournalLayout: Sendable, Equatable {
  /// The size of the header in bytes: identity, resource, heartbeat.
  package static let headerBytes = 64 << 10
  /// The size of the crash record in bytes.
  package static let crashBytes = 64 << 10
  /// The minimum size of a journal: 1 MiB. A smaller one holds too few spans to be worth its header.
  package static let minimumBytes = 1 << 20
  /// The maximum size of a journal: 2 GiB. The format could address 2^32 − 2 slots, but reading a dead process's file
  /// takes 8 bytes of memory for each slot in use.
  package static let maximumBytes = 2 << 30
  /// The maximum size of the ring of log lines: 8 MiB.
  package static let maximumRingBytes = 8 << 20

  /// The size of the whole mapping in bytes, a multiple of the page size.
  package let totalBytes: Int
  /// The size of the ring of log lines in bytes.
  package let logRingBytes: Int

  package var crashOffset: Int { Self.headerBytes }
  package var logRingOffset: Int { Self.headerBytes + Self.crashBytes }
  package var slotsOffset: Int { logRingOffset + logRingBytes }
  package var slotCount: Int { (totalBytes - slotsOffset) / SlotLayout.size }

  /// - Parameters:
  ///   - totalBytes: from 1 MiB to 2 GiB, rounded down to 64 KiB.
  ///   - logRingBytes: the size of the ring; `nil` for an eighth of `totalBytes`, at most 8 MiB; rounded down to 64
  ///     KiB; 0 for no ring.
  /// - Throws: ``JournalError/invalidSize(bytes:expected:)``.
  package init(totalBytes: Int, logRingBytes: Int? = nil) throws(JournalError) {
    guard (Self.minimumBytes...Self.maximumBytes).contains(totalBytes) else {
      throw .invalidSize(
        bytes: totalBytes, expected: "from \(Self.minimumBytes) to \(Self.maximumBytes) bytes for a journal")
    }
    let rounding = 64 << 10
    self.totalBytes = totalBytes / rounding * rounding
    let ring = logRingBytes ?? min(totalBytes / 8, Self.maximumRingBytes)
    self.logRingBytes = ring / rounding * rounding
    guard (0...Self.maximumRingBytes).contains(ring),
      self.totalBytes - Self.headerBytes - Self.crashBytes - self.logRingBytes >= 256 << 10
    else {
      throw .invalidSize(
        bytes: ring, expected: "such that the log ring leaves 256 KiB of the journal's \(totalBytes) bytes")
    }
  }
}
