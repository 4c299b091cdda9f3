internal import SpoorContext

extension Settings {
  static let tracing = [
    propagators, trustedPeers, writesTraceState, baggageKeys, baggageTags, baggageLogFields, sampler, tracesSampler,
    samplerArgument, samplingRules, tracesPerSecond, keep, keepFailed, keepSlower, keepSlowerByOperation, limits,
    attributeCount, eventCount,
    linkCount, eventAttributeCount, valueLength, uses64BitTraceIDs, redaction, redactKeys, redactPattern, isSensitive,
    spanHooks,
  ]

  private static let keys = "keys with commas"
  private static let count = 0...1_000_000

  static let propagators = Setting(
    "propagators", "OTEL_PROPAGATORS",
    .text("some of \(PropagationFormat.names.joined(separator: ", ")), or none", nonsense: "xray"),
    default: "`b3,tracecontext,baggage`", "The headers that are written; all are read, baggage only where it is named.")
  static let trustedPeers = Setting(
    "trustedPeers", "SPOOR_TRUSTED_PEERS",
    .text("all, none, or addresses and ranges like 10.0.0.0/8 with commas", nonsense: "10.0.0.0/40"), default: "`all`",
    "Whose trace is continued; everybody else's is linked, their flags and baggage passed over. `none` makes a public "
      + "endpoint.")
  static let writesTraceState = Setting(
    "writesTraceState", "SPOOR_TRACESTATE", .flag, default: "1", "Whether `tracestate` gets a member of ours.")
  static let baggageKeys = Setting(
    "baggageKeys", "SPOOR_BAGGAGE_KEYS", .text(keys, nonsense: nil), default: "all",
    "The keys of baggage that are taken in and handed on.")
  static let baggageTags = Setting(
    "baggageTags", "SPOOR_BAGGAGE_TAGS", .text(keys, nonsense: nil), default: "none",
    "Keys of baggage that become tags of the local root.")
  static let baggageLogFields = Setting(
    "baggageLogFields", "SPOOR_BAGGAGE_LOG_FIELDS", .text(keys, nonsense: nil), default: "none",
    "Keys of baggage that become fields of log records.")
  static let sampler = Setting(
    "sampler", nil, .code("any Sampler"), default: "as the next four say", "Which traces are recorded.")
  static let tracesSampler = Setting(
    nil, "OTEL_TRACES_SAMPLER", .choice(SamplerSetting.names), default: "`parentbased_always_on`",
    "Which traces are recorded.")
  static let samplerArgument = Setting(
    nil, "OTEL_TRACES_SAMPLER_ARG", .number(0...1, unit: "share"), default: "1", "The share of a `traceidratio`.")
  static let samplingRules = Setting(
    nil, "SPOOR_SAMPLING_RULES",
    .text("operation:PATTERN=RATE or path:PATTERN=RATE, with commas; RATE from 0 to 1, or N/s", nonsense: "path:/x"),
    default: "none", "Asked before the sampler: the first that applies decides. `*` stands for any characters.")
  static let tracesPerSecond = Setting(
    nil, "SPOOR_TRACES_PER_SECOND", .number(0...1_000_000, unit: "traces/s"), default: "no limit",
    "Of the traces that begin here at most so many, evenly, whatever the rules and the sampler say.")
  static let keep = Setting(
    "keep", nil, .code("KeepRules"), default: "as the next three say", "What is kept although the sampler left it out.")
  static let keepFailed = Setting(
    nil, "SPOOR_KEEP_FAILED", .flag, default: "0", "Keep local roots in which a span failed.")
  static let keepSlower = Setting(
    nil, "SPOOR_KEEP_SLOWER_THAN", .milliseconds(upToAnHour), default: "off", "Keep local roots that took so long.")
  static let keepSlowerByOperation = Setting(
    nil, "SPOOR_KEEP_SLOWER_THAN_BY_OPERATION",
    .text(
      "NAME=MILLISECONDS with commas, from 1 to 3600000; * in a NAME stands for any characters", nonsense: "/pay=soon"),
    default: "none",
    "Keep local roots in which a span of that name took so long; a root that is named here is not measured by the one above."
  )
  static let limits = Setting(
    "limits", nil, .code("SpanLimits"), default: "as the next five say", "How much one span may hold.")
  static let attributeCount = Setting(
    nil, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", .integer(count, unit: "attributes"), default: "128", "Of a span.")
  static let eventCount = Setting(
    nil, "OTEL_SPAN_EVENT_COUNT_LIMIT", .integer(count, unit: "events"), default: "128", "Of a span.")
  static let linkCount = Setting(
    nil, "OTEL_SPAN_LINK_COUNT_LIMIT", .integer(count, unit: "links"), default: "128", "Of a span.")
  static let eventAttributeCount = Setting(
    nil, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", .integer(count, unit: "attributes"), default: "32",
    "Of an event or a link.")
  static let valueLength = Setting(
    nil, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", .integer(0...60_000, unit: "bytes"), default: "4096",
    "Of one text; what is longer is cut and says so.")
  static let uses64BitTraceIDs = Setting(
    "uses64BitTraceIDs", "SPOOR_TRACE_ID_64BIT", .flag, default: "0", "Trace ids of 64 bits, for old Zipkin servers.")
  static let redaction = Setting(
    "redaction", nil, .code("Redaction"), default: "default names, and as the next two say",
    "What must not be written down, in spans and log records.")
  static let redactKeys = Setting(
    nil, "SPOOR_REDACT_KEYS", .text("keys with commas, `*` for any characters", nonsense: nil), default: "none",
    "Fields that are secret beside the default ones.")
  static let redactPattern = Setting(
    nil, "SPOOR_REDACT_PATTERN", .text("a regular expression that does not match the empty text", nonsense: "(["),
    default: "none", "What secrets look like: parts of texts that match are replaced.")
  static let isSensitive = Setting(
    "isSensitive", nil, .code("(Logger.MetadataValueAttributes) -> Bool"), default: "`Sensitivity` is `sensitive`",
    "Whether a log field with these attributes is a secret.")
  static let spanHooks = Setting(
    "spanHooks", nil, .code("[SpanHook]"), default: "none", "Look at each span at its end, and change or drop it.")
}
