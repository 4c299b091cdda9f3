// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase
internal import SpoorLogging

/// A signal that switches something on and off again, for a thread that looks about once a second.
final class SignalToggle: Sendable {
  private let signal: Int32
  private let seen: Locked<UInt32>

  /// - Parameter signal: 0 for none.
  init(signal: Int32, logger: Logger) {
    self.signal = signal
    if signal > 0, !SignalCounter.watch(signal) {
      logger.warning("signal_not_watched", metadata: ["signal": .stringConvertible(signal)])
    }
    seen = Locked(SignalCounter.count(signal))
  }

  /// Whether the signal has arrived since the last call. Two signals between two calls cancel each other.
  func isToggled() -> Bool {
    guard signal > 0 else { return false }
    let count = SignalCounter.count(signal)
    let arrivals = seen.withLock { seen in
      defer { seen = count }
      return count &- seen
    }
    return arrivals % 2 == 1
  }
}
