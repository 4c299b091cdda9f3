// SPDX-License-Identifier: Apache-2.0

public import Logging
internal import SpoorBase
internal import SpoorJournal
internal import SpoorLogging

extension SpoorSystem {
  /// Changes the level below which records are not written. Existing loggers follow at once, except those whose own
  /// `logLevel` was set.
  ///
  /// - Parameters:
  ///   - level: nil restores the configured level.
  ///   - pattern: the labels; `*` stands for any characters. A change for `*` replaces all earlier changes.
  public func setLogLevel(_ level: Logger.Level?, for pattern: String = "*") {
    levels.set(level, for: NamePattern(pattern))
  }

  /// The current level of a label.
  public func logLevel(for label: String) -> Logger.Level { levels.level(of: label) }
}

/// Switches all labels to `debug` and back when a signal arrives.
final class LevelSwitch: Sendable {
  private let signal: SignalToggle
  private let levels: LogLevels
  private let logger: Logger

  /// - Parameter signal: 0 for none.
  init(signal: Int32, levels: LogLevels, logger: Logger) {
    self.signal = SignalToggle(signal: signal, logger: logger)
    self.levels = levels
    self.logger = logger
  }

  /// Called about once a second.
  func look() {
    guard signal.isToggled() else { return }
    let isVerbose = levels.toggleVerbose()
    logger.warning("log_levels_changed", metadata: ["verbose": .stringConvertible(isVerbose)])
  }
}
