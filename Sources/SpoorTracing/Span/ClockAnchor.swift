// SPDX-License-Identifier: Apache-2.0

/// A pair of simultaneous readings of the wall clock and the monotonic clock, which a local root shares with all spans
/// below it. Linux slews both clocks alike, so they stay in step until the wall clock is set.
struct ClockAnchor: Sendable {
  let realtime: UInt64
  let monotonic: UInt64

  init(realtime: UInt64, monotonic: UInt64) {
    self.realtime = realtime
    self.monotonic = monotonic
  }

  /// Reads both clocks now. The wall clock is read first, so that its later readings are never before times that are
  /// computed from here.
  init(_ clock: TraceClock) {
    realtime = clock.realtime
    monotonic = clock.monotonic
  }

  /// The wall-clock time of a monotonic reading.
  func time(at monotonic: UInt64) -> UInt64 { realtime &+ (monotonic &- self.monotonic) }
}
