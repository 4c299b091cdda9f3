internal import CSpoor

/// The two clocks a tracer reads, in nanoseconds: the wall clock once, and again for a local root that finds it was set; the
/// monotonic one for everything else, so that a clock that is set bends no trace. Tests give their own.
public struct TraceClock: Sendable {
  private let readings: Readings?

  private struct Readings: Sendable {
    let realtime: @Sendable () -> UInt64
    let monotonic: @Sendable () -> UInt64
  }

  /// The system's `CLOCK_REALTIME` and `CLOCK_MONOTONIC`.
  public static let system = TraceClock()

  private init() { readings = nil }

  /// Clocks of one's own, both in nanoseconds: since 1970, and since any moment.
  public init(realtime: @escaping @Sendable () -> UInt64, monotonic: @escaping @Sendable () -> UInt64) {
    readings = Readings(realtime: realtime, monotonic: monotonic)
  }

  @inline(__always)
  var realtime: UInt64 { readings.map { $0.realtime() } ?? spoor_realtime_ns() }

  @inline(__always)
  var monotonic: UInt64 { readings.map { $0.monotonic() } ?? spoor_monotonic_ns() }
}

/// A wall-clock reading and the monotonic one that belongs to it: a local root's, shared by all spans below it. Linux slews
/// both clocks alike, so that the two stay together until somebody sets the wall clock.
struct ClockAnchor: Sendable {
  let realtime: UInt64
  let monotonic: UInt64

  init(realtime: UInt64, monotonic: UInt64) {
    self.realtime = realtime
    self.monotonic = monotonic
  }

  /// Of this moment. The wall clock is read first: what it says later never lies before what is told from here.
  init(_ clock: TraceClock) {
    realtime = clock.realtime
    monotonic = clock.monotonic
  }

  /// The wall-clock time that belongs to a monotonic reading.
  func time(at monotonic: UInt64) -> UInt64 { realtime &+ (monotonic &- self.monotonic) }
}

/// An instant that a caller gave: read just now, or saved before.
///
/// `withSpan` passes `DefaultTracerClock.now`, of the same type as an instant the caller saved. So the monotonic clock is
/// read first and the autoclosure evaluated after: what lies within a millisecond after the wall-clock time that belongs to
/// the reading is "now", and the monotonic clock tells what time that is. The wall clock itself is asked only where this
/// does not settle it: an instant was saved, or the clock was set. Then what lies within a millisecond before is "now" too.
struct GivenInstant {
  /// Nanoseconds since 1970, on the time line of the anchor if it is "now".
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

/// When a recorded span started. A span that is not recorded reads no clock.
struct SpanTime: Sendable {
  /// The local root's.
  let anchor: ClockAnchor
  /// Nanoseconds since 1970.
  let start: UInt64
  /// Nanoseconds of the monotonic clock, 0 where no clock was read.
  let monotonic: UInt64

  static let none = SpanTime(anchor: ClockAnchor(realtime: 0, monotonic: 0), start: 0, monotonic: 0)

  private init(anchor: ClockAnchor, start: UInt64, monotonic: UInt64) {
    self.anchor = anchor
    self.start = start
    self.monotonic = monotonic
  }

  /// Now: below another span, the monotonic clock alone tells.
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

  /// The instant that was given, or now.
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
