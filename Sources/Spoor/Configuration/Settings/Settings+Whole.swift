internal import SpoorJournal
internal import SpoorTracing

extension Settings {
  static let failures = [stacks, stacksMode, stacksOnePer, recordsCrashes, breadcrumbs, stackPatience, errorNames]

  static let stacks = Setting(
    "stacks", nil, .code("StackCapture.Options"), default: "as the next two say", "Which throws leave their stack.")
  static let stacksMode = Setting(
    nil, "SPOOR_STACKS", .choice(["active_span", "always", "off"]), default: "`active_span`",
    "Which throws leave their stack.")
  static let stacksOnePer = Setting(
    nil, "SPOOR_STACKS_ONE_PER", .integer(1...1_000_000, unit: "throws"), default: "1",
    "Of each throwing place, 1 throw in so many.")
  static let recordsCrashes = Setting(
    "recordsCrashes", "SPOOR_CRASHES", .flag, default: "1", "Whether a crash is recorded, to be told by the next start."
  )
  static let breadcrumbs = Setting(
    "breadcrumbs", "SPOOR_BREADCRUMBS", .integer(0...100, unit: "events"), default: "10",
    "Log events of a trace that are shown with its next failure.")
  static let stackPatience = Setting(
    "stackPatience", "SPOOR_STACK_PATIENCE", .milliseconds(0...60_000), default: "2000",
    "How long a record waits for the names of its stacks.")
  static let errorNames = Setting(
    "errorNames", "SPOOR_ERROR_NAMES", .choice(ErrorNames.names), default: "`ecs`",
    "Under which names an error is written.")

  static let journal = [journalDirectory, journalBytes, journalMaximumBytes]

  static let journalDirectory = Setting(
    "journalDirectory", "SPOOR_JOURNAL_DIR", .text("an absolute path, or off", nonsense: "relative/path"),
    default: "`$XDG_STATE_HOME/spoor/SERVICE`, else below `$TMPDIR` or `/tmp`",
    "Where the journal's files lie; `off` for memory only.")
  static let journalBytes = Setting(
    "journalBytes", "SPOOR_JOURNAL_BYTES",
    .integer(JournalLayout.minimumBytes...JournalLayout.maximumBytes, unit: "bytes"), default: "67108864",
    "Of the journal, in which spans and log lines wait; only what is used takes memory.")
  static let journalMaximumBytes = Setting(
    "journalMaximumBytes", "SPOOR_JOURNAL_MAX_BYTES", .integer(0...(1 << 50), unit: "bytes"), default: "1073741824",
    "That the files of dead processes may take; the oldest go first, counted and logged.")

  static let whole = [metricsFactory, shutdownTimeout, isDisabled, tracesExporter, strict, environment]

  static let metricsFactory = Setting(
    "metricsFactory", nil, .code("any MetricsFactory"), default: "the global one", "Where Spoor's own metrics go.")
  static let shutdownTimeout = Setting(
    "shutdownTimeout", "SPOOR_SHUTDOWN_TIMEOUT", .milliseconds(0...3_600_000), default: "5000",
    "How long a shutdown may take.")
  static let isDisabled = Setting("isDisabled", "OTEL_SDK_DISABLED", .flag, default: "0", "No spans, only logs.")
  static let tracesExporter = Setting(
    nil, "OTEL_TRACES_EXPORTER", .choice(["zipkin", "none"]), default: "`zipkin`", "`none`: no spans, only logs.")
  static let strict = Setting(
    nil, "SPOOR_STRICT", .flag, default: "0", "An `OTEL_…` value that is not supported here is an error.")
  static let environment = Setting(
    "environment", nil, .code("[String: String]"), default: "the process's",
    "The variables to read, for those who have them from elsewhere.")
}
