/// How much is written of lines that repeat: the first ones of an interval, then every so-many-th, which says how many
/// were left out before it. (zap's words: initial, thereafter, tick.)
///
/// Lines are the same where logger, level and message are. What was left out when the interval ends is said by a record of
/// its own, `log_lines_suppressed`: no line is lost uncounted.
public struct LogSampling: Sendable, Hashable {
  /// Written of each interval's lines in any case, 1 to 1 000 000.
  public var first: Int
  /// Then every so-many-th is; 0 for none.
  public var thereafter: Int
  /// How long counts go on, 1 ms to an hour.
  public var interval: Duration

  /// zap's defaults: 100, then every 100th, in each second.
  public init(first: Int = 100, thereafter: Int = 100, interval: Duration = .seconds(1)) {
    self.first = first
    self.thereafter = thereafter
    self.interval = interval
  }
}
