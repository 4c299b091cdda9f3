internal import Logging
internal import SpoorLogging

extension Settings {
  static let logging = [
    logLevel, logLevels, heldLogLevel, heldLogLines, logLevelSignal, logFormat, logPreset, googleCloudProject,
    logTimestampDigits, logSampling,
    logSampleFirst, logSampleThereafter, logSampleInterval, logDestinations, logFileBytes, logFilesKept,
    logReopenSignal,
    logDescriptor, logsSynchronously, logPatience,
  ]

  static let logLevel = Setting(
    "logLevel", "LOG_LEVEL", .choice(Logger.Level.names), default: "`info`", "Records below it are not written.")
  static let heldLogLevel = Setting(
    "heldLogLevel", "SPOOR_LOG_HELD_LEVEL", .choice(Logger.Level.names), default: "none",
    "Records of a trace below the level that is written, down to this one, are kept back, and written when a span of the "
      + "trace fails or it has a record of level error. Through swift-log only.")
  static let heldLogLines = Setting(
    "heldLogLines", "SPOOR_LOG_HELD_LINES", .integer(1...1000, unit: "lines"), default: "50",
    "Lines kept back for a trace, and at most 32 KiB, of 512 traces; the oldest go first, and are counted.")
  static let logFormat = Setting(
    "logFormat", "SPOOR_LOG_FORMAT", .choice(SpoorConfiguration.LogFormat.names), default: "`auto`",
    "`auto`: JSON, and lines for people on a terminal.")
  static let logsSynchronously = Setting(
    "logsSynchronously", "SPOOR_LOG_SYNCHRONOUS", .flag, default: "0",
    "Each line is written before the call returns.")
  static let logPatience = Setting(
    "logPatience", "SPOOR_LOG_PATIENCE", .milliseconds(0...60_000), default: "10",
    "How long a full ring of lines is waited for.")
  static let logTimestampDigits = Setting(
    "logTimestampDigits", "SPOOR_LOG_TIMESTAMP_DIGITS", .choice(["3", "6", "9"]), default: "3",
    "Digits after the second.")
  static let logDescriptor = Setting(
    "logDescriptor", nil, .code("Int32"), default: "1", "The file descriptor that lines are written to.")

  static let logLevels = Setting(
    "logLevels", "SPOOR_LOG_LEVELS",
    .text("LABEL=LEVEL with commas, `*` in LABEL for any characters", nonsense: "orders=loud"), default: "none",
    "Levels of single loggers; of several patterns that fit the longest counts.")
  static let logLevelSignal = Setting(
    "logLevelSignal", "SPOOR_LOG_LEVEL_SIGNAL", .choice(SpoorConfiguration.Signal.names), default: "`none`",
    "A signal that makes all loggers write from `debug` on, and again as configured; within a second.")
  static let logPreset = Setting(
    "logPreset", "SPOOR_LOG_PRESET", .choice(LogPreset.names), default: "`spoor`",
    "Whose names records have: Elastic's, Google Cloud's, Datadog's or our own.")
  static let googleCloudProject = Setting(
    "googleCloudProject", "GOOGLE_CLOUD_PROJECT", .text("any text", nonsense: nil), default: "none",
    "The project in the name of a trace, for the preset `gcp`.")
  static let logSampling = Setting(
    "logSampling", nil, .code("LogSampling"), default: "as the next three say",
    "How much is written of lines that repeat.")
  static let logSampleFirst = Setting(
    nil, "SPOOR_LOG_SAMPLE_FIRST", .integer(1...1_000_000, unit: "lines"), default: "all",
    "Of each interval's lines that are the same, so many are written in any case.")
  static let logSampleThereafter = Setting(
    nil, "SPOOR_LOG_SAMPLE_THEREAFTER", .integer(0...1_000_000, unit: "lines"), default: "100",
    "Then every so-many-th, with a count of the rest; 0 for none.")
  static let logSampleInterval = Setting(
    nil, "SPOOR_LOG_SAMPLE_INTERVAL", .milliseconds(upToAnHour), default: "1000", "How long counts go on.")
  static let logDestinations = Setting(
    "logDestinations", "SPOOR_LOG_DESTINATIONS",
    .text("stdout, stderr and absolute paths of files, with commas", nonsense: "relative/path"), default: "`stdout`",
    "Where lines go, each to all of them.")
  static let logFileBytes = Setting(
    nil, "SPOOR_LOG_FILE_BYTES", .integer(0...(1 << 50), unit: "bytes"), default: "104857600",
    "A log file of this size becomes `PATH.1`; 0 for never.")
  static let logFilesKept = Setting(
    nil, "SPOOR_LOG_FILES_KEPT", .integer(0...1_000, unit: "files"), default: "5",
    "Log files that are kept beside the current one.")
  static let logReopenSignal = Setting(
    "logReopenSignal", "SPOOR_LOG_REOPEN_SIGNAL", .choice(SpoorConfiguration.Signal.names), default: "`hup`",
    "After this signal log files are opened anew; it is watched only where there is a file.")
}
