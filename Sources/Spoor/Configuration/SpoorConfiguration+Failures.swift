// SPDX-License-Identifier: Apache-2.0

public import SpoorStacks
public import SpoorTracing

extension SpoorConfiguration {
  /// The memory or file in which spans and log lines wait until they are sent and written.
  public struct Journal: Sendable, Hashable {
    /// Where the journal is. `SPOOR_JOURNAL_DIR`, else `$XDG_STATE_HOME/spoor/SERVICE`, else a directory per user below
    /// the temporary directory. A container that restarts with a fresh file system needs a volume there.
    public var location: Location?
    /// The journal's size in bytes. All of it is allocated in the file, but only pages in use take memory.
    /// `SPOOR_JOURNAL_BYTES`.
    public var bytes: Int?
    /// The most bytes that the files of dead processes may take; at least ``bytes``. The oldest files are deleted; each
    /// deletion is counted and logged. `SPOOR_JOURNAL_MAX_BYTES`.
    public var maximumBytes: Int?
    /// The name or number of the group whose members may read, ship and remove the journal's files: that of
    /// `spoor agent`. Its members can also change what the service has recorded. `SPOOR_JOURNAL_GROUP`.
    public var group: String?

    /// Leaves everything to the environment and the defaults.
    public init() {}

    /// Where the journal is.
    public enum Location: Sendable, Hashable {
      /// In memory: what has not been sent or written when the process dies is lost.
      case memory
      /// In files in this directory, given as an absolute path.
      case directory(String)
    }
  }

  /// Which throws are captured with their stacks.
  public struct Stacks: Sendable, Hashable {
    /// Which throws are captured.
    public typealias Capture = StackCapture.Mode

    /// Which throws are captured. `SPOOR_STACKS`.
    public var capture: Capture?
    /// At each throwing place one throw in this many is captured, the first always. `SPOOR_STACKS_ONE_PER`.
    public var onePer: Int?
    /// What is read for the frames of a stack.
    public typealias Names = NameDetail

    /// What is read for the frames of a stack. `SPOOR_STACK_NAMES`.
    public var names: Names?
    /// How long a log record waits for the names of its stacks before it is written with addresses. Other records do
    /// not wait for it. `SPOOR_STACK_PATIENCE` (milliseconds).
    public var patience: Duration?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// What is recorded of errors and crashes.
  public struct Failures: Sendable, Hashable {
    /// The names of the fields of an error.
    public typealias Names = ErrorNames
    /// Where the errors go that spans record.
    public typealias Exceptions = ExceptionSignal

    /// Whether a crash is recorded, for the next start to report. It needs a journal in a file. `SPOOR_CRASHES`.
    public var recordsCrashes: Bool?
    /// The number of preceding log events of its trace that a failure is logged with. `SPOOR_BREADCRUMBS`.
    public var breadcrumbs: Int?
    /// The names of the fields of an error. `SPOOR_ERROR_NAMES`.
    public var names: Names?
    /// Where the errors go that spans record: to events of the spans, to log records, or to both. Log records are
    /// written for traces that are not sampled as well. `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`.
    public var exceptions: Exceptions?
    /// Whether a `CancellationError` makes a span or a log record a failed one. Otherwise they get the tag `cancelled`
    /// and neither an error status nor a stack. `SPOOR_CANCELLATION_IS_ERROR`.
    public var cancellationIsError: Bool?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }
}
