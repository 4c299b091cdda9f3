// SPDX-License-Identifier: Apache-2.0

/// A limit for repeated lines: the first lines of each interval are written, then every nth, which carries the number
/// of lines suppressed before it. (zap's terms: initial, thereafter, tick.)
///
/// Two lines are equal if their logger, level and message are. When an interval ends, a record `log_lines_suppressed`
/// states the number of suppressed lines, so no line is lost uncounted.
public struct LogSampling: Sendable, Hashable {
  /// The number of equal lines per interval that are always written, 1 to 1 000 000.
  public var first: Int
  /// After those, every nth line is written; 0 for none.
  public var thereafter: Int
  /// The length of the interval, 1 ms to 1 h.
  public var interval: Duration

  /// Creates a limit with zap's defaults: 100 lines per second, then every 100th.
  public init(first: Int = 100, thereafter: Int = 100, interval: Duration = .seconds(1)) {
    self.first = first
    self.thereafter = thereafter
    self.interval = interval
  }
}
