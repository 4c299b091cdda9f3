// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SpoorLogging

extension SpoorConfiguration {
  /// Log records: levels, format, destinations.
  public struct Logging: Sendable {
    /// The names of the fields that every record has.
    public typealias Preset = LogPreset

    /// Records below this level are not written. `LOG_LEVEL`.
    public var level: Logger.Level?
    /// Levels of single loggers, by label; `*` stands for any characters, and the longest pattern that matches applies.
    /// Merged with `SPOOR_LOG_LEVELS` by pattern; code wins. ``SpoorSystem/setLogLevel(_:for:)`` changes them later.
    public var levels: [String: Logger.Level] = [:]
    /// A signal that makes all loggers write from `debug` on; the next one restores the configured levels, within a
    /// second. `SPOOR_LOG_LEVEL_SIGNAL`.
    public var levelSignal: Signal?
    /// Records below the written level that are kept in memory until their trace fails.
    public var held = HeldRecords()
    /// The format of a line. `SPOOR_LOG_FORMAT`.
    public var format: Format?
    /// The names of the fields that every record has. `SPOOR_LOG_PRESET`.
    public var preset: Preset?
    /// The Google Cloud project in the name of a trace, for `Preset.googleCloud`. `GOOGLE_CLOUD_PROJECT`.
    public var googleCloudProject: String?
    /// The precision of timestamps. `SPOOR_LOG_TIMESTAMP_DIGITS`.
    public var timestampPrecision: TimestampPrecision?
    /// How many of the lines that repeat are written.
    public var repeats = RepeatedRecords()
    /// Where records go; to all of them. `OTEL_LOGS_EXPORTER`. Default: `console`.
    public var exporters: [LogExporter]?
    /// Where lines are written; each line to all of them, at least one. `SPOOR_LOG_DESTINATIONS`.
    public var destinations: [LogDestination]?
    /// When log files without a rotation of their own are rotated.
    public var rotation = Rotation()
    /// Log files are reopened after this signal. It is watched only if there is a log file. `SPOOR_LOG_REOPEN_SIGNAL`.
    public var reopenSignal: Signal?
    /// Whether each line is written before the call returns, instead of by a thread. `SPOOR_LOG_SYNCHRONOUS`.
    public var isSynchronous: Bool?
    /// How long a call waits for room if the ring of lines is full, and for its own line to be written where that is
    /// done before the call returns. Default: 10 ms, with ``isSynchronous`` 1 s. `SPOOR_LOG_PATIENCE` (milliseconds).
    public var patience: Duration?
    /// The longest record in bytes, with its line end: 1 024 to 131 072. A longer one has its stack and values cut.
    /// Default: 15 360. `SPOOR_LOG_RECORD_BYTES`.
    public var recordBytes: Int?
    /// Whether records have the place of the call: `logger.source`, `code.file.path` and `code.line.number`. Default:
    /// no. `SPOOR_LOG_SOURCE`.
    public var recordsSource: Bool?
    /// Whether a log field with these attributes is redacted. Default: fields whose `Sensitivity` is `sensitive`.
    public var isSensitive: (@Sendable (Logger.MetadataValueAttributes) -> Bool)?

    /// Leaves everything to the environment and the defaults.
    public init() {}

    /// The format of a line.
    public enum Format: String, Sendable, CaseIterable {
      /// One JSON object a line.
      case json
      /// Text for people.
      case console
      /// `console` on a terminal, else `json`.
      case auto
    }

    /// The precision of timestamps, as digits after the second.
    public enum TimestampPrecision: Int, Sendable, CaseIterable {
      /// 3 digits.
      case milliseconds = 3
      /// 6 digits.
      case microseconds = 6
      /// 9 digits.
      case nanoseconds = 9
    }
  }

  /// Log records below the written level that are kept in memory, and written when a span of their trace fails or the
  /// trace has a record of level `error`. Through swift-log only. They are lost if the process dies.
  public struct HeldRecords: Sendable, Hashable {
    /// From which level on records are held. `SPOOR_LOG_HELD_LEVEL`.
    public var level: HeldLevel?
    /// Lines held for one trace, at most 32 KiB of them. The oldest are dropped, and counted in a record
    /// `held_lines_dropped`. At most 512 traces hold lines; the lines of others are dropped, and counted in a record
    /// `held_lines_evicted`. `SPOOR_LOG_HELD_LINES`.
    public var lines: Int?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// From which level on records are held.
  public enum HeldLevel: Sendable, Hashable {
    /// No records are held.
    case off
    /// Records of this level and above.
    case from(Logger.Level)
  }

  /// How many of the lines that repeat are written: the first ones of an interval, then every so-many-th with the count
  /// of those left out before it. Lines repeat if logger, level and message are the same text. All lines are written
  /// unless one of these is set, here or in the environment.
  public struct RepeatedRecords: Sendable, Hashable {
    /// Lines of each interval that are always written. `SPOOR_LOG_SAMPLE_FIRST`.
    public var first: Int?
    /// Then every so-many-th line is written; 0 for none. `SPOOR_LOG_SAMPLE_THEREAFTER`.
    public var thereafter: Int?
    /// The length of an interval. `SPOOR_LOG_SAMPLE_INTERVAL` (milliseconds).
    public var interval: Duration?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// When log files are rotated.
  public struct Rotation: Sendable, Hashable {
    /// A file of at least this many bytes is rotated; 0 for never. `SPOOR_LOG_FILE_BYTES`.
    public var bytes: Int?
    /// Rotated files that are kept beside the current one. `SPOOR_LOG_FILES_KEPT`.
    public var keptFiles: Int?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// A signal with a purpose in Spoor.
  public enum Signal: String, Sendable, CaseIterable {
    /// No signal.
    case off
    /// `SIGHUP`.
    case hup
    /// `SIGUSR1`.
    case usr1
    /// `SIGUSR2`.
    case usr2
  }
}
