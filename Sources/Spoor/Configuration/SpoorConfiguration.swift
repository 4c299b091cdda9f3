public import Logging
public import Metrics
public import SpoorContext
public import SpoorJournal
public import SpoorLogging
public import SpoorStacks
public import SpoorTracing

/// Everything that can be set. What is nil here comes from the environment, and what is not there either has a default.
///
/// A value from here or from a `SPOOR_…` variable that makes no sense is an error at bootstrap. A value of an `OTEL_…`
/// variable that is valid elsewhere but not supported here is logged and the default taken, as OpenTelemetry asks;
/// `SPOOR_STRICT=1` makes that an error too. `docs/OPTIONS.md` has all of them in a table.
public struct SpoorConfiguration: Sendable {
  /// The service's name. `OTEL_SERVICE_NAME`, default `unknown_service`.
  public var service: String?
  /// The service's version, a tag of every local root. `service.version` in `OTEL_RESOURCE_ATTRIBUTES`.
  public var version: String?
  /// Further tags of every local root. `OTEL_RESOURCE_ATTRIBUTES`, as `key=value,key=value`.
  public var resource: [String: String] = [:]
  /// What is found out about where the service runs, to be tags of every local root. `SPOOR_RESOURCE_DETECTORS` (`host`,
  /// `process`, `container`, `kubernetes` with commas, `all`, `none`), default all.
  public var resourceDetectors: Set<ResourceDetector>?
  /// Tags of the resource that are fields of every log record as well. `SPOOR_RESOURCE_LOG_FIELDS`, default none.
  public var resourceLogFields: Set<String>?

  /// Where spans are posted: the first that answers is used. `OTEL_EXPORTER_ZIPKIN_ENDPOINT` (one), `SPOOR_ENDPOINTS`
  /// (several, with commas), default `http://localhost:9411/api/v2/spans`. Credentials in the URL are never shown.
  public var endpoints: [String]?
  /// The format of what is posted. `SPOOR_ENCODING` (`json`, `proto`), default JSON.
  public var encoding: Encoding?
  /// For a whole request. `OTEL_EXPORTER_ZIPKIN_TIMEOUT` (milliseconds), default 10 s.
  public var requestTimeout: Duration?
  /// Until a connection stands. `SPOOR_CONNECT_TIMEOUT` (milliseconds), default 3 s.
  public var connectTimeout: Duration?
  /// Bodies are sent at this size, before compression. `SPOOR_BATCH_BYTES`, 1 000 to 50 000 000, default 500 000.
  public var batchBytes: Int?
  /// A finished span waits at most so long for company. `OTEL_BSP_SCHEDULE_DELAY` (milliseconds), default 1 s.
  public var batchAge: Duration?
  /// A span that is open for longer is reported once as it is so far, without a duration; its end completes it.
  /// `SPOOR_OPEN_SPAN_AGE` (milliseconds), default 10 min, 0 for never.
  public var openSpanAge: Duration?
  /// When bodies are compressed with gzip. `SPOOR_COMPRESSION` (`auto`, `always`, `never`), default: not towards this
  /// machine.
  public var compression: Compression?
  /// Sent with every request; never shown. `SPOOR_HEADERS`, as `name=value,name=value`.
  public var headers: [String: String]?
  /// `SPOOR_PROXY`: a URL, or `none`; default: as `http_proxy` and its kin say.
  public var proxy: String?
  /// Certificates, and whether they are checked.
  public var tls = TLS()

  /// The headers that are written; all are read. `OTEL_PROPAGATORS`, default `b3,tracecontext,baggage`.
  public var propagators: [PropagationFormat]?
  /// The keys of baggage that are taken in and handed on; nil for all. `SPOOR_BAGGAGE_KEYS`.
  public var baggageKeys: Set<String>?
  /// Keys of baggage that become tags of the local root. `SPOOR_BAGGAGE_TAGS`, default none.
  public var baggageTags: Set<String>?
  /// Keys of baggage that become fields of log records, where the call has no field of that name.
  /// `SPOOR_BAGGAGE_LOG_FIELDS`, default none.
  public var baggageLogFields: Set<String>?
  /// Whose trace is continued; everybody else's is linked, and their flags and baggage are passed over.
  /// `SPOOR_TRUSTED_PEERS` (`all`, `none`, or addresses and ranges like `10.0.0.0/8` with commas), default `all`.
  public var trustedPeers: TrustedPeers?
  /// Whether `tracestate` gets a member of ours, some 25 bytes. `SPOOR_TRACESTATE` (`0` for no), default yes.
  public var writesTraceState: Bool?
  /// Which traces are recorded. `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`, `SPOOR_SAMPLING_RULES`
  /// (`path:/health*=0,operation:checkout=1,path:/search*=10/s`), and over all of them `SPOOR_TRACES_PER_SECOND`. Default:
  /// the parent's decision, and all traces that begin here. A caller's debug flag goes before all of it.
  public var sampler: (any Sampler)?
  /// What is kept although the sampler left it out. `SPOOR_KEEP_FAILED` (`1`), `SPOOR_KEEP_SLOWER_THAN` (milliseconds),
  /// `SPOOR_KEEP_SLOWER_THAN_BY_OPERATION` (`checkout=200,/search*=1000`);
  /// default: nothing.
  public var keep: KeepRules?
  /// How much one span may hold. `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` and its kin.
  public var limits: SpanLimits?
  /// Trace ids of 64 bits, for old Zipkin servers. `SPOOR_TRACE_ID_64BIT` (`1`), default 128.
  public var uses64BitTraceIDs: Bool?
  /// What must not be written down, in spans and in log records. Default: passwords, tokens, cookies and their kin, by key,
  /// and what `SPOOR_REDACT_KEYS` (keys with commas, `*` for any characters) and `SPOOR_REDACT_PATTERN` (a regular
  /// expression for parts of texts) add.
  public var redaction: Redaction?
  /// Whether a log field's value with these attributes of swift-log must not be written. Default: where
  /// `Sensitivity` says `sensitive`.
  public var isSensitive: (@Sendable (Logger.MetadataValueAttributes) -> Bool)?
  /// Look at each span at its end, and change or drop it.
  public var spanHooks: [SpanHook] = []

  /// Which throws leave their stack. `SPOOR_STACKS` (`active_span`, `always`, `off`) and `SPOOR_STACKS_ONE_PER` (of each
  /// throwing place, 1 throw in so many); default: all inside a span.
  public var stacks: StackCapture.Options?
  /// Whether a crash is recorded, to be told by the next start. `SPOOR_CRASHES` (`0` for no), default yes, where the
  /// journal is in a file.
  public var recordsCrashes: Bool?
  /// Log events of a trace that are shown with its next failure. `SPOOR_BREADCRUMBS`, 0 to 100, default 10.
  public var breadcrumbs: Int?
  /// How long a record waits for the names of its stacks, on its way to the output; other records do not wait for it.
  /// `SPOOR_STACK_PATIENCE` (milliseconds), default 2 s (the first time, the debug
  /// information of the whole program is read); then names without files and lines, or build ids and offsets.
  public var stackPatience: Duration?
  /// Under which names an error is written. `SPOOR_ERROR_NAMES` (`ecs`, `otel`), default `ecs`.
  public var errorNames: ErrorNames?

  /// Bytes of the journal, in which spans and log lines wait. `SPOOR_JOURNAL_BYTES`, from 1 MiB, default 64 MiB. Only
  /// what is used takes memory.
  public var journalBytes: Int?

  /// Where the journal's files lie: an absolute path, or `off` for memory only. `SPOOR_JOURNAL_DIR`, default
  /// `$XDG_STATE_HOME/spoor/SERVICE`, else a directory per user below the temporary directory. Containers that are
  /// restarted with a fresh file system need a volume there.
  public var journalDirectory: String?
  /// Bytes that the files of dead processes may take; the oldest go first, counted and logged.
  /// `SPOOR_JOURNAL_MAX_BYTES`, default 1 GiB.
  public var journalMaximumBytes: Int?

  /// Records below it are not written. `LOG_LEVEL`, default `info`.
  public var logLevel: Logger.Level?
  /// Levels of single loggers, by their labels; `*` stands for any characters, and of several patterns that fit the longest
  /// counts. `SPOOR_LOG_LEVELS` (`http.*=warning,orders=debug`). ``SpoorSystem/setLogLevel(_:for:)`` changes them later.
  public var logLevels: [String: Logger.Level]?
  /// Records of a trace below the level that is written, down to this one, are kept back in memory, and written when a span
  /// of the trace fails or it has a record of level error: the debug lines of what went wrong, and only those. Through
  /// swift-log only. `SPOOR_LOG_HELD_LEVEL` (`debug`), default none.
  public var heldLogLevel: Logger.Level?
  /// Lines kept back for a trace, at most 32 KiB, of at most 512 traces; the oldest go first, and are counted in a record
  /// `held_lines_dropped`. `SPOOR_LOG_HELD_LINES`, 1 to 1 000, default 50.
  public var heldLogLines: Int?
  /// A signal that makes all loggers write from `debug` on, and the next one as configured again, within a second.
  /// `SPOOR_LOG_LEVEL_SIGNAL`, default none.
  public var logLevelSignal: Signal?
  /// Under which names records say what every record says. `SPOOR_LOG_PRESET` (`spoor`, `ecs`, `gcp`, `datadog`), default
  /// our own, which is what `spoor grep` and `spoor collect` read.
  public var logPreset: LogPreset?
  /// The project in the name of a trace, for Google Cloud's preset. `GOOGLE_CLOUD_PROJECT`.
  public var googleCloudProject: String?
  /// How much is written of lines that repeat. `SPOOR_LOG_SAMPLE_FIRST`, `SPOOR_LOG_SAMPLE_THEREAFTER`,
  /// `SPOOR_LOG_SAMPLE_INTERVAL` (milliseconds); default: all of them.
  public var logSampling: LogSampling?
  /// Where lines go, each to all of them. `SPOOR_LOG_DESTINATIONS` (`stdout`, `stderr`, absolute paths, with commas), with
  /// `SPOOR_LOG_FILE_BYTES` and `SPOOR_LOG_FILES_KEPT`; default: ``logDescriptor``.
  public var logDestinations: [LogDestination]?
  /// After this signal log files are opened anew. `SPOOR_LOG_REOPEN_SIGNAL`, default `hup`; watched only where there is a
  /// file.
  public var logReopenSignal: Signal?
  /// `SPOOR_LOG_FORMAT` (`json`, `console`, `auto`), default `auto`: JSON, and lines for people on a terminal.
  public var logFormat: LogFormat?
  /// Each line is written before the call returns. `SPOOR_LOG_SYNCHRONOUS` (`1`), default: a thread writes them.
  public var logsSynchronously: Bool?
  /// How long a full ring of lines is waited for. `SPOOR_LOG_PATIENCE` (milliseconds), default 10 ms, 0 for not at all.
  public var logPatience: Duration?
  /// Digits after the second: 3, 6 or 9. `SPOOR_LOG_TIMESTAMP_DIGITS`, default 3.
  public var logTimestampDigits: Int?
  /// The file descriptor that lines are written to where no destinations are named, default 1.
  public var logDescriptor: Int32 = 1

  /// Where Spoor's own counters and gauges go; nil for what `MetricsSystem` has when the first second is over.
  public var metricsFactory: (any MetricsFactory)?

  /// How long a shutdown may take. `SPOOR_SHUTDOWN_TIMEOUT` (milliseconds), default 5 s.
  public var shutdownTimeout: Duration?
  /// No spans, only logs. `OTEL_SDK_DISABLED` (`true`), or `OTEL_TRACES_EXPORTER=none`.
  public var isDisabled: Bool?

  /// The variables to read instead of the process's: for those who have them from elsewhere, swift-configuration for
  /// example.
  public var environment: [String: String]?

  /// All from the environment and by default.
  public init() {}

  /// A format of Zipkin's.
  public enum Encoding: String, Sendable, CaseIterable {
    /// JSON, version 2.
    case json
    /// proto3.
    case proto
  }

  /// When bodies are compressed.
  public enum Compression: String, Sendable, CaseIterable {
    /// Not towards this machine.
    case auto
    /// Always.
    case always
    /// Never.
    case never
  }

  /// How log lines look.
  public enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line.
    case json
    /// For people.
    case console
    /// `console` on a terminal, else `json`.
    case auto
  }

  /// A signal that can be had for a purpose of one's own.
  public enum Signal: String, Sendable, CaseIterable {
    /// None.
    case none
    /// `SIGHUP`.
    case hup
    /// `SIGUSR1`.
    case usr1
    /// `SIGUSR2`.
    case usr2
  }

  /// Certificates: paths of PEM files.
  public struct TLS: Sendable, Hashable {
    /// Whether the collector must prove who it is. `SPOOR_TLS_VERIFY` (`0` for no), default yes.
    public var verifiesPeer: Bool?
    /// Whom to trust. `SPOOR_CA_FILE`, default the system's.
    public var caFile: String?
    /// Who we are. `SPOOR_CLIENT_CERTIFICATE`.
    public var clientCertificate: String?
    /// `SPOOR_CLIENT_KEY`.
    public var clientKey: String?
    /// `SPOOR_CLIENT_KEY_PASSWORD`; never shown.
    public var clientKeyPassword: String?
    /// All from the environment and by default.
    public init() {}
  }
}
