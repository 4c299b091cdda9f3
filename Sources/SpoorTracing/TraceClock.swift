// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// The two clocks of a tracer, in nanoseconds. The wall clock is read once, and again by a local root after it was set.
/// The monotonic clock is used for everything else, so that setting the wall clock distorts no trace. Tests pass their
/// own clocks.
public struct TraceClock: Sendable {
  private let readings: Readings?

  private struct Readings: Sendable {
    let realtime: @Sendable () -> UInt64
    let monotonic: @Sendable () -> UInt64
  }

  /// The system's `CLOCK_REALTIME` and `CLOCK_MONOTONIC`.
  public static let system = TraceClock()

  private init() { readings = nil }

  /// Creates a clock from two functions, both in nanoseconds: since 1970, and since any fixed moment.
  public init(realtime: @escaping @Sendable () -> UInt64, monotonic: @escaping @Sendable () -> UInt64) {
    readings = Readings(realtime: realtime, monotonic: monotonic)
  }

  @inline(__always)
  var realtime: UInt64 { readings.map { $0.realtime() } ?? spoor_realtime_ns() }

  @inline(__always)
  var monotonic: UInt64 { readings.map { $0.monotonic() } ?? spoor_monotonic_ns() }
}
