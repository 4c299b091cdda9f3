// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorJournal
internal import SpoorStacks
internal import SpoorTracing

extension Settings {
  static let failures: [any SettingDescription] = [
    stacksMode, stacksOnePer, stackNames, stackPatience, recordsCrashes, breadcrumbs, errorNames, exceptionSignal,
    cancellationIsError,
  ]

  static let stacksMode = Setting<StackCapture.Mode>.choice(
    "stacks.capture", "SPOOR_STACKS", ["active_span": .activeSpan, "always": .always, "off": .off],
    default: "`active_span`", "Which throws are captured with their stacks: those inside a span, all, or none."
  ).standard(.activeSpan)
  static let stacksOnePer = Setting<Int>.integer(
    "stacks.onePer", "SPOOR_STACKS_ONE_PER", 1...1_000_000, unit: "throws", default: 1,
    "At each throwing place one throw in this many is captured, the first always.")
  static let stackNames = Setting<NameDetail>.choice(
    "stacks.names", "SPOOR_STACK_NAMES",
    ["off": .off, "functions": .functions, "lines": .lines, "inlined": .inlined], default: "`inlined`",
    "What is read for the frames of a stack: functions, their lines, and inlined functions. `off`: offsets and build IDs."
  ).standard(.inlined)
  static let stackPatience = Setting<Duration>.milliseconds(
    "stacks.patience", "SPOOR_STACK_PATIENCE", 0...60_000, default: 2000,
    "How long a log record waits for the names of its stacks before it is written with addresses.")
  static let recordsCrashes = Setting<Bool>.flag(
    "failures.recordsCrashes", "SPOOR_CRASHES", default: true,
    "Whether a crash is recorded, for the next start to report. It needs a journal in a file.")
  static let breadcrumbs = Setting<Int>.integer(
    "failures.breadcrumbs", "SPOOR_BREADCRUMBS", 0...100, unit: "events", default: 10,
    "The number of preceding log events of its trace that a failure is logged with.")
  static let errorNames = Setting<ErrorNames>.choice(
    "failures.names", "SPOOR_ERROR_NAMES", default: .ecs,
    "The names of the fields of an error: the Elastic Common Schema's or OpenTelemetry's.")
  static let exceptionSignal = Setting<ExceptionSignal>.choice(
    "failures.exceptions", "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", default: .spanEvents,
    "Where errors that spans record go: to events `exception` of the spans, to log records `exception`, or to both.")

  static let cancellationIsError = Setting<Bool>.flag(
    "failures.cancellationIsError", "SPOOR_CANCELLATION_IS_ERROR", default: false,
    "Whether a `CancellationError` makes a span or a log record a failed one; otherwise they get the tag `cancelled`.")

  static let journal: [any SettingDescription] = [
    journalDirectory, journalBytes, journalMaximumBytes, journalGroup,
  ]

  static let journalDirectory = Setting<SpoorConfiguration.Journal.Location>.text(
    "journal.location", "SPOOR_JOURNAL_DIR", "an absolute path, or off", nonsense: "relative/path",
    default: "`$XDG_STATE_HOME/spoor/SERVICE`, else below `$TMPDIR` or `/tmp`",
    "The directory of the journal's files; `off` for memory only."
  ) { $0.isNothing ? .memory : .directory($0) }
  .accepting { if case .directory(let path) = $0 { path.hasPrefix("/") } else { true } }
  .showing { if case .directory(let path) = $0 { path } else { "\($0)" } }
  static let journalBytes = Setting<Int>.integer(
    "journal.bytes", "SPOOR_JOURNAL_BYTES", JournalLayout.minimumBytes...JournalLayout.maximumBytes, unit: "bytes",
    default: 64 << 20,
    "The journal's size, in which spans and log lines wait. A file takes all of it at the start; only pages in use take memory. "
      + "The default is at most an eighth of the file system and half of what is free on it.")
  static let journalMaximumBytes = Setting<Int>.integer(
    "journal.maximumBytes", "SPOOR_JOURNAL_MAX_BYTES", JournalLayout.minimumBytes...(1 << 50), unit: "bytes",
    default: "1073741824, at least `SPOOR_JOURNAL_BYTES`",
    "The most bytes that the files of dead processes may take, at least `SPOOR_JOURNAL_BYTES`. The oldest files are "
      + "deleted; each deletion is counted and logged.")

  static let journalGroup = Setting<String>.text(
    "journal.group", "SPOOR_JOURNAL_GROUP", "the name or number of a group", nonsense: "no such group", default: "none",
    "The group whose members may read, ship and remove the journal's files, for `spoor agent`: the directory has mode 2770 "
      + "and the files 0660. This user must belong to the group. Its members can also change what the service has recorded."
  ) { UserGroup.id($0) == nil ? nil : $0 }.accepting { UserGroup.id($0) != nil }

  static let whole: [any SettingDescription] = [
    metricsFactory, shutdownTimeout, exitTimeout, idleInterval, strict, runtimeShortcuts, environment,
  ]

  static let metricsFactory = DescribedSetting.code(
    "metricsFactory", "any MetricsFactory", default: "the global one", "Receives Spoor's own counters and gauges.")
  static let shutdownTimeout = Setting<Duration>.milliseconds(
    "shutdownTimeout", "SPOOR_SHUTDOWN_TIMEOUT", 0...3_600_000, default: 5000, "The time limit of a shutdown.")
  static let exitTimeout = Setting<Duration>.milliseconds(
    "exitTimeout", "SPOOR_EXIT_TIMEOUT", 0...60_000, default: 500,
    "How long `exit` and the return from `main` may wait until finished spans and log records are sent, if there was no "
      + "shutdown; 0 for not at all. If the collector is down and the journal is in a file, it is tried once.")
  static let idleInterval = Setting<Duration>.milliseconds(
    "idleInterval", "SPOOR_IDLE_INTERVAL", 0...3_600_000, default: 1000,
    "How often the process wakes while nothing is recorded, to look for changed settings, signals and journals of dead "
      + "processes; 0 for never: it then looks with the next span. While a span is open, it wakes at least once a second."
  )
  static let strict = Setting<Bool>.flag(
    nil, "SPOOR_STRICT", default: false,
    "Whether every invalid, unsupported or unknown variable stops the bootstrap.")
  static let runtimeShortcuts = Setting<Bool>.flag(
    nil, "SPOOR_RUNTIME_SHORTCUTS", default: true,
    "Whether Spoor reads the memory of types of Swift and of other packages, which is faster than their interfaces. `0` also "
      + "leaves stacks and crashes without their span. Only the process's own environment counts, read once.")
  static let environment = DescribedSetting.code(
    "environment", "[String: String]", default: "the process's",
    "The variables to read, for services that load theirs from elsewhere.")
}
