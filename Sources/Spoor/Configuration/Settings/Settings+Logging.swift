internal import Logging

extension Settings {
  static let logging = [
    logLevel, logFormat, logsSynchronously, logPatience, logTimestampDigits, logDescriptor,
  ]

  static let logLevel = Setting(
    "logLevel", "LOG_LEVEL", .choice(Logger.Level.names), default: "`info`", "Records below it are not written.")
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
}
