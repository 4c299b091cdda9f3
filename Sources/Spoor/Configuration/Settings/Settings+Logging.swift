// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase
internal import SpoorLogging

extension Settings {
  static let logging: [any SettingDescription] = [
    logLevel, logLevels, logLevelSignal, heldLogLevel, heldLogLines, logFormat, logPreset, googleCloudProject,
    logTimestampDigits, logSampleFirst, logSampleThereafter, logSampleInterval, logExporters, logDestinations,
    logFileBytes,
    logFilesKept, logReopenSignal, logsSynchronously, logPatience, logRecordBytes, logSource, isSensitive,
  ]

  static let logLevel = Setting<Logger.Level>.choice(
    "logging.level", "LOG_LEVEL", default: .info, "Records below this level are not written.")
  static let logLevels = Setting<[LogLevels.Rule]>.map(
    "logging.levels", "SPOOR_LOG_LEVELS", "LABEL=LEVEL with commas, `*` in LABEL for any characters",
    nonsense: "orders=loud", "Levels of single loggers; the longest pattern that matches applies."
  ) { label, level in
    Logger.Level(rawValue: level.lowercased()).map { LogLevels.Rule(NamePattern(label), $0) }
  }
  static let logLevelSignal = Setting<SpoorConfiguration.Signal>.choice(
    "logging.levelSignal", "SPOOR_LOG_LEVEL_SIGNAL", default: .off,
    "A signal that makes all loggers write from `debug` on; the next one restores the configured levels, within a second."
  )
  static let heldLogLevel = Setting<SpoorConfiguration.HeldLevel>.text(
    "logging.held.level", "SPOOR_LOG_HELD_LEVEL", "one of \(Logger.Level.names.joined(separator: ", ")), or none",
    nonsense: "loud", default: "`none`",
    "Records of this level and above, but below the written level, are held until a span of their trace fails or it has a "
      + "record of level `error`; then they are written. Through swift-log only."
  ) { text in
    text.isNothing ? .off : Logger.Level(rawValue: text.lowercased()).map { .from($0) }
  }.standard(.off)
  static let heldLogLines = Setting<Int>.integer(
    "logging.held.lines", "SPOOR_LOG_HELD_LINES", 1...1000, unit: "lines", default: 50,
    "Lines held for one trace, at most 32 KiB of them. The oldest are dropped and counted in a record "
      + "`held_lines_dropped`. At most 512 traces hold lines; the lines of others are dropped and counted in a record "
      + "`held_lines_evicted`.")
  static let logFormat = Setting<SpoorConfiguration.Logging.Format>.choice(
    "logging.format", "SPOOR_LOG_FORMAT", default: .auto, "`auto`: text for people on a terminal, else JSON.")
  static let logPreset = Setting<LogPreset>.choice(
    "logging.preset", "SPOOR_LOG_PRESET", default: .spoor,
    "The names of the fields that every record has: Spoor's, Elastic's, Google Cloud's or Datadog's.")
  static let googleCloudProject = Setting<String>.text(
    "logging.googleCloudProject", "GOOGLE_CLOUD_PROJECT", "any text", nonsense: nil, default: "none",
    "The project in the name of a trace, for the preset `gcp`."
  ) { $0 }
  static let logTimestampDigits = Setting<SpoorConfiguration.Logging.TimestampPrecision>.choice(
    "logging.timestampPrecision", "SPOOR_LOG_TIMESTAMP_DIGITS",
    ["3": .milliseconds, "6": .microseconds, "9": .nanoseconds], default: "3", "Digits after the second."
  ).standard(.milliseconds)

  // MARK: Lines that repeat

  static let logSampleFirst = Setting<Int>.integer(
    "logging.repeats.first", "SPOOR_LOG_SAMPLE_FIRST", 1...1_000_000, unit: "lines",
    default: "all; \(LogSampling().first) if one of the next two is set",
    "Of each interval's lines with the same logger, level and message text, this many are always written.")
  static let logSampleThereafter = Setting<Int>.integer(
    "logging.repeats.thereafter", "SPOOR_LOG_SAMPLE_THEREAFTER", 0...1_000_000, unit: "lines",
    default: "\(LogSampling().thereafter)",
    "Then every so-many-th line is written, with the count of those left out; 0 for none.")
  static let logSampleInterval = Setting<Duration>.milliseconds(
    "logging.repeats.interval", "SPOOR_LOG_SAMPLE_INTERVAL", upToAnHour,
    default: "\(LogSampling().interval.nanoseconds / 1_000_000)", "The length of an interval.")

  // MARK: Destinations

  static let logExporters = Setting<[SpoorConfiguration.LogExporter]>.words(
    "logging.exporters", "OTEL_LOGS_EXPORTER", default: [.console],
    "Where records go; to all of them. `console`: the destinations of the next row. With `otlp` lines are always JSON. "
      + "`none`: nowhere.")
  static let logDestinations = Setting<[LogDestination]>.list(
    "logging.destinations", "SPOOR_LOG_DESTINATIONS",
    "stdout, stderr and absolute paths of files, with commas, each once",
    nonsense: "relative/path", allowsNone: false, default: "`stdout`",
    "Where lines are written; each line to all of them."
  ) { name in
    switch name.lowercased() {
    case "stdout": .standardOutput
    case "stderr": .standardError
    default: name.hasPrefix("/") ? .file(path: name) : nil
    }
  }.accepting { destinations in
    !destinations.isEmpty && Set(destinations.map(\.place)).count == destinations.count
      && destinations.allSatisfy { if case .file(let path, _) = $0 { path.hasPrefix("/") } else { true } }
  }.standard([.standardOutput])
  static let logFileBytes = Setting<Int>.integer(
    "logging.rotation.bytes", "SPOOR_LOG_FILE_BYTES", 0...(1 << 50), unit: "bytes", default: LogRotation().bytes,
    "A log file of at least this size becomes `PATH.1`: it may be larger by one write, 256 KiB. 0 for never.")
  static let logFilesKept = Setting<Int>.integer(
    "logging.rotation.keptFiles", "SPOOR_LOG_FILES_KEPT", 0...1_000, unit: "files", default: LogRotation().keptFiles,
    "Rotated log files that are kept beside the current one.")
  static let logReopenSignal = Setting<SpoorConfiguration.Signal>.choice(
    "logging.reopenSignal", "SPOOR_LOG_REOPEN_SIGNAL", default: .hup,
    "Log files are reopened after this signal. It is watched only if there is a log file.")
  static let logsSynchronously = Setting<Bool>.flag(
    "logging.isSynchronous", "SPOOR_LOG_SYNCHRONOUS", default: false,
    "Whether each line is written before the call returns.")
  static let logPatience = Setting<Duration>.milliseconds(
    "logging.patience", "SPOOR_LOG_PATIENCE", 0...60_000, default: 10,
    "How long a call waits for room if the ring of lines is full, and for its own line to be written where that is done "
      + "before the call returns. Once that was in vain, no call waits until lines are written again. 1000 with "
      + "`SPOOR_LOG_SYNCHRONOUS`.")
  static let logRecordBytes = Setting<Int>.integer(
    "logging.recordBytes", "SPOOR_LOG_RECORD_BYTES", 1_024...131_072, unit: "bytes", default: 15 << 10,
    "The longest record, with its line end; a longer one has its stack and values cut. CRI-O splits lines at 8192, "
      + "Docker at 16384. At most a quarter of the ring, which is an eighth of the journal.")
  static let logSource = Setting<Bool>.flag(
    "logging.recordsSource", "SPOOR_LOG_SOURCE", default: false,
    "Whether records have the place of the call: `logger.source`, `code.file.path` and `code.line.number`.")
  static let isSensitive = DescribedSetting.code(
    "logging.isSensitive", "(Logger.MetadataValueAttributes) -> Bool", default: "`Sensitivity` is `sensitive`",
    "Whether a log field with these attributes is redacted.")
}

extension LogDestination {
  /// The place to which it writes. Two destinations must not share one.
  var place: String {
    switch self {
    case .descriptor(let descriptor): "\(descriptor)"
    case .file(let path, _): path
    }
  }
}
