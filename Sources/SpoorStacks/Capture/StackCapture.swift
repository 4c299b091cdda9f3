// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Switches the capture of throws on and off, for the whole process.
///
/// While it is on, Swift's runtime calls a hook of Spoor's at every throw. The stacks and spans of the last thousand
/// throws are kept, for ``CapturedFailure`` to look up. Other users of that hook (Swift Testing, XCTest) are still
/// called.
///
/// A captured throw costs 30 to 60 ns, any other a few. The hook allocates nothing and never waits.
public enum StackCapture {
  /// Which throws are captured.
  public enum Mode: Sendable, Hashable {
    /// No throw is captured: failures show the stack of the place that recorded them.
    case off
    /// Throws inside a span are captured. This is the default, because a throw outside a span belongs to no trace.
    case activeSpan
    /// Every throw is captured.
    case always
  }

  /// The settings.
  public struct Options: Sendable, Hashable {
    /// Which throws are captured. Default: ``Mode/activeSpan``.
    public var mode: Mode
    /// At each throwing place one throw in this many is captured, the first always. Default: 1, all of them.
    public var onePer: Int

    /// Creates options; omitted arguments have their default.
    public init(mode: Mode = .activeSpan, onePer: Int = 1) {
      self.mode = mode
      self.onePer = onePer
    }
  }

  /// Counts since the process started.
  public struct Counts: Sendable, Hashable {
    /// The number of throws whose stack was kept.
    public let captured: UInt64
    /// The number of throws whose stack was lost, because another thread was using the same part of the table.
    public let lost: UInt64
  }

  /// Installs the hook, or changes its settings if it is installed. May be called on any thread, any number of times.
  ///
  /// - Returns: false if the Swift runtime lacks the hook. Failures then show the stack of the place that recorded
  ///   them, as with ``Mode/off``.
  @discardableResult
  public static func install(_ options: Options = Options()) -> Bool {
    _ = ErrorWord.isLayoutKnown
    let mode =
      switch options.mode {
      case .off: SPOOR_CAPTURE_OFF
      case .activeSpan: SPOOR_CAPTURE_ACTIVE_SPAN
      case .always: SPOOR_CAPTURE_ALWAYS
      }
    if options.mode != .off, spoor_stack_async_sites() == 0 { AsyncFrameProbe.run() }
    return spoor_throws_install(UInt32(mode), UInt32(clamping: max(1, options.onePer)))
  }

  /// Removes the hook. If another hook was installed after it, it stays and only calls the previous one.
  public static func uninstall() { spoor_throws_uninstall() }

  /// The counts so far.
  public static var counts: Counts {
    let counts = spoor_throws_count()
    return Counts(captured: counts.captured, lost: counts.busy)
  }
}
