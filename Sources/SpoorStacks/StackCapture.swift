internal import CSpoor

/// Switches the capture of throws on and off, for the whole process.
///
/// While it is on, Swift's runtime tells Spoor of every throw; the stack and the span of the throw are kept for the last
/// thousand of them, until ``CapturedFailure`` asks. Other users of that hook (Swift Testing, XCTest) are called as before.
///
/// Cost per throw: 30 to 60 ns where it is captured, a few where it is not. It allocates nothing and never waits.
public enum StackCapture {
  /// Which throws are captured.
  public enum Mode: Sendable, Hashable {
    /// None: failures show the stack of the place that recorded them.
    case off
    /// Those inside a span. The default: what is thrown outside has no trace to explain.
    case activeSpan
    /// All.
    case always
  }

  /// The settings.
  public struct Options: Sendable, Hashable {
    /// Which throws are captured. Default: ``Mode/activeSpan``.
    public var mode: Mode
    /// Of each throwing place, 1 throw in so many is captured, the first always. Default: 1, all.
    public var onePer: Int

    /// Settings; what is left out has its default.
    public init(mode: Mode = .activeSpan, onePer: Int = 1) {
      self.mode = mode
      self.onePer = onePer
    }
  }

  /// Figures since the process started.
  public struct Counts: Sendable, Hashable {
    /// Throws whose stack was kept.
    public let captured: UInt64
    /// Throws whose stack was lost, because another thread was busy in the same part of the table.
    public let lost: UInt64
  }

  /// Installs the hook, or changes the settings of the one installed. Any thread, any number of times.
  public static func install(_ options: Options = Options()) {
    let mode =
      switch options.mode {
      case .off: SPOOR_CAPTURE_OFF
      case .activeSpan: SPOOR_CAPTURE_ACTIVE_SPAN
      case .always: SPOOR_CAPTURE_ALWAYS
      }
    if options.mode != .off, spoor_stack_async_sites() == 0 { AsyncFrameProbe.run() }
    spoor_throws_install(UInt32(mode), UInt32(clamping: max(1, options.onePer)))
  }

  /// Takes the hook out. If somebody else has chained behind it, it stays and only calls on.
  public static func uninstall() { spoor_throws_uninstall() }

  /// What was captured so far.
  public static var counts: Counts {
    let counts = spoor_throws_count()
    return Counts(captured: counts.captured, lost: counts.busy)
  }
}
