// SPDX-License-Identifier: Apache-2.0

/// An instant that a caller passed: one that was just read, or one that was saved before.
///
/// `withSpan` passes `DefaultTracerClock.now`, of the same type as an instant the caller saved. So the monotonic clock
/// is read first and the autoclosure is evaluated after it. An instant up to a millisecond after the wall-clock time of
/// that reading is "now", and its time comes from the monotonic clock. The wall clock is only read if this does not
/// decide: the instant was saved, or the clock was set. Then an instant up to a millisecond before the wall clock is
/// "now" as well.
struct GivenInstant {
  /// Nanoseconds since 1970, by the anchor's clock if the instant is "now".
  let time: UInt64
  /// The reading of the monotonic clock.
  let monotonic: UInt64
  /// Whether the wall clock was set by more than a millisecond since the anchor's readings.
  let clockWasSet: Bool

  private static let tolerance: UInt64 = 1_000_000

  @inline(__always)
  init(_ clock: TraceClock, on anchor: ClockAnchor, _ instant: () -> UInt64) {
    monotonic = clock.monotonic
    let expected = anchor.time(at: monotonic)
    let given = instant()
    // An earlier instant wraps to a huge difference.
    if given &- expected < Self.tolerance {
      time = expected
      clockWasSet = false
    } else {
      (time, clockWasSet) = Self.judge(given, expected, clock.realtime)
    }
  }

  @inline(never)
  private static func judge(_ given: UInt64, _ expected: UInt64, _ reading: UInt64) -> (UInt64, clockWasSet: Bool) {
    let clockWasSet = reading &- expected > tolerance
    return (clockWasSet && reading &- given < tolerance ? expected : given, clockWasSet)
  }
}
