internal import CSpoor

/// The two clocks a tracer reads, in nanoseconds: the wall clock once per local root, the monotonic one below it, so
/// that a clock that is set bends no trace. Tests give their own.
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

/// A wall-clock reading and the monotonic one that belongs to it: a local root's, shared by all spans below it.
struct ClockAnchor: Sendable {
  let realtime: UInt64
  let monotonic: UInt64

  /// The wall-clock time that belongs to a monotonic reading.
  func time(at monotonic: UInt64) -> UInt64 { realtime &+ (monotonic &- self.monotonic) }
}

/// Whether an instant was read just now or saved by the caller.
///
/// `withSpan` passes `DefaultTracerClock.now`, of the same type as an instant the caller saved. So the wall clock is read
/// first and the autoclosure evaluated after: what lies within a millisecond after the reading is "now".
enum GivenInstant {
  static func isNow(_ instant: UInt64, readBefore reading: UInt64) -> Bool {
    instant &- reading < 1_000_000  // An earlier instant wraps to a huge difference.
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

  /// The instant that was given, or now.
  init(_ clock: TraceClock, below parent: SpanTime?, given instant: () -> UInt64) {
    let reading = clock.realtime
    let given = instant()
    monotonic = clock.monotonic
    if let parent, parent.monotonic != 0 {
      anchor = parent.anchor
    } else {
      anchor = ClockAnchor(realtime: reading, monotonic: monotonic)
    }
    start = GivenInstant.isNow(given, readBefore: reading) ? anchor.time(at: monotonic) : given
  }
}
