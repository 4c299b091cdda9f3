// SPDX-License-Identifier: Apache-2.0

/// The start of a recorded span. A span that is not recorded reads no clock.
struct SpanTime: Sendable {
  /// The anchor of the local root.
  let anchor: ClockAnchor
  /// The start in nanoseconds since 1970.
  let start: UInt64
  /// Nanoseconds of the monotonic clock; 0 if no clock was read.
  let monotonic: UInt64

  static let none = SpanTime(anchor: ClockAnchor(realtime: 0, monotonic: 0), start: 0, monotonic: 0)

  private init(anchor: ClockAnchor, start: UInt64, monotonic: UInt64) {
    self.anchor = anchor
    self.start = start
    self.monotonic = monotonic
  }

  /// The current time. Below another span, only the monotonic clock is read.
  ///
  /// - Parameter origin: what a local root is anchored to, unless the wall clock was set since.
  @inline(__always)
  init(_ clock: TraceClock, below parent: SpanTime?, origin: ClockAnchor) {
    guard let parent, parent.monotonic != 0 else {
      self.init(clock, below: nil, origin: origin) { clock.realtime }
      return
    }
    let monotonic = clock.monotonic
    self.init(anchor: parent.anchor, start: parent.anchor.time(at: monotonic), monotonic: monotonic)
  }

  /// The time of the given instant, or the current time.
  ///
  /// - Parameter origin: what a local root is anchored to, unless the wall clock was set since.
  @inline(__always)
  init(_ clock: TraceClock, below parent: SpanTime?, origin: ClockAnchor, given instant: () -> UInt64) {
    if let parent, parent.monotonic != 0 {
      let given = GivenInstant(clock, on: parent.anchor, instant)
      self.init(anchor: parent.anchor, start: given.time, monotonic: given.monotonic)
      return
    }
    let given = GivenInstant(clock, on: origin, instant)
    guard given.clockWasSet else {
      self.init(anchor: origin, start: given.time, monotonic: given.monotonic)
      return
    }
    let anchor = ClockAnchor(clock)
    let isNow = given.time == origin.time(at: given.monotonic)
    self.init(anchor: anchor, start: isNow ? anchor.realtime : given.time, monotonic: anchor.monotonic)
  }
}
