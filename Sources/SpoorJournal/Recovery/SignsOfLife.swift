// SPDX-License-Identifier: Apache-2.0

/// The last time that a dead process was known to be alive: its heartbeat, written once a second, or a later start or
/// end of a span.
struct SignsOfLife {
  /// The last heartbeat. All times are nanoseconds of the monotonic clock.
  let heartbeat: UInt64
  private(set) var last: UInt64
  /// The maximum distance from the heartbeat, which is late while a request to the collector hangs. A later time is
  /// treated as damage.
  private static let latest: UInt64 = 60_000_000_000

  init(heartbeat: UInt64) {
    self.heartbeat = heartbeat
    last = heartbeat
  }

  mutating func note(start: UInt64, duration: UInt64) {
    for instant in [start, start &+ duration] where instant > last && instant &- heartbeat <= Self.latest {
      last = instant
    }
  }
}
