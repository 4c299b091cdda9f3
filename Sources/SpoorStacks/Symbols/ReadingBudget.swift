// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The processor time and memory that reading one file's symbols may take.
///
/// A file can be damaged or hostile: every loop of the reader calls ``step()``, and every allocation that depends on
/// the file's content is reserved first.
final class ReadingBudget {
  /// The limits of a reader.
  struct Limits: Sendable, Hashable {
    /// The processor time that one look-up may take, in nanoseconds. The first one in a file also reads its tables.
    var nanoseconds: UInt64
    /// The memory that the reader of one file may keep, in bytes.
    var bytes: Int

    /// The limits of a service: 1 s of processor time and 8 MiB. A look-up in a binary of 100 MB takes some 30 ms at
    /// first.
    #if DEBUG
      // The reader itself is some 40 times slower in a debug build.
      static let service = Limits(nanoseconds: 20_000_000_000, bytes: 8 << 20)
    #else
      static let service = Limits(nanoseconds: 1_000_000_000, bytes: 8 << 20)
    #endif
    /// The limits of an interactive command: 60 s and 1 GiB.
    static let command = Limits(nanoseconds: 60_000_000_000, bytes: 1 << 30)
  }

  private let limits: Limits
  private var deadline: UInt64 = 0
  private var steps: UInt32 = 0
  /// The number of bytes that are reserved now.
  private(set) var reserved = 0
  /// Whether the time is used up. Reading stops then.
  private(set) var isExhausted = false

  init(_ limits: Limits) { self.limits = limits }

  /// Begins a look-up.
  func restart() {
    let now = Self.now
    pace(now)
    deadline = now &+ limits.nanoseconds
    isExhausted = false
  }

  /// Rests for a while if this is one of Spoor's own threads and has worked for one: half a core has 50 ms of processor
  /// time in 100 ms, and the first names of a large program would take them all away from the service.
  private func pace(_ now: UInt64) {
    #if !DEBUG
      spoor_pace(now)
    #endif
  }

  /// Counts a step and returns whether there is time for another one. Looks at the clock once in 1 024 steps.
  @inline(__always)
  func step() -> Bool {
    steps &+= 1
    return steps & 1023 != 0 ? !isExhausted : checkTime()
  }

  /// Reads the clock and returns whether there is time left.
  func checkTime() -> Bool {
    let now = Self.now
    if !isExhausted, now > deadline { isExhausted = true }
    pace(now)
    return !isExhausted
  }

  /// Reserves memory; false if it would exceed the limit.
  func reserve(_ bytes: Int) -> Bool {
    guard bytes >= 0, bytes <= limits.bytes - reserved else { return false }
    reserved += bytes
    return true
  }

  /// Releases memory that was reserved.
  func release(_ bytes: Int) { reserved -= bytes }

  /// The number of bytes that can still be reserved.
  var available: Int { limits.bytes - reserved }

  private static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
