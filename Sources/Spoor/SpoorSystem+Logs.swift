public import Logging
internal import SpoorJournal
internal import SpoorLogging

extension SpoorSystem {
  /// Changes, from now on, the level below which records are not written. Loggers that exist follow at once; those whose own
  /// `logLevel` was set keep it.
  ///
  /// - Parameters:
  ///   - level: nil for what was configured.
  ///   - pattern: which labels; `*` stands for any characters. A change for `*` replaces all changes before it.
  public func setLogLevel(_ level: Logger.Level?, for pattern: String = "*") {
    levels.set(level, for: NamePattern(pattern))
  }

  /// The level of a label as it is now.
  public func logLevel(for label: String) -> Logger.Level { levels.level(of: label) }
}

/// Looks, once a second, whether the signal for more or fewer records has come.
final class LevelSwitch: Sendable {
  private let signal: Int32
  private let levels: LogLevels
  private let logger: Logger
  private let seen: Locked<UInt32>

  /// - Parameter signal: 0 for none.
  init(signal: Int32, levels: LogLevels, logger: Logger) {
    self.signal = signal
    self.levels = levels
    self.logger = logger
    if signal > 0, !SignalCounter.watch(signal) {
      logger.warning("signal_not_watched", metadata: ["signal": .stringConvertible(signal)])
    }
    seen = Locked(SignalCounter.count(signal))
  }

  func look() {
    guard signal > 0 else { return }
    let count = SignalCounter.count(signal)
    let arrivals = seen.withLock { seen in
      defer { seen = count }
      return count &- seen
    }
    // Two before anybody looked undo each other.
    guard arrivals % 2 == 1 else { return }
    let isVerbose = levels.toggleVerbose()
    logger.warning("log_levels_changed", metadata: ["verbose": .stringConvertible(isVerbose)])
  }
}
