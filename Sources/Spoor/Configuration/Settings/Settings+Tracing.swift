// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext
internal import SpoorJournal
internal import SpoorTracing

extension Settings {
  static let tracing: [any SettingDescription] = [
    propagators, trustedPeers, writesTraceState, baggageKeys, baggageTags, baggageLogFields, uses64BitTraceIDs, sampler,
    tracesSampler, samplerArgument, samplingRules, tracesPerSecond, keepFailed, keepSlower, keepSlowerByOperation,
    samplingFile, samplingSignal,
    areRecorded, isDisabled, attributeCount, eventCount, linkCount, eventAttributeCount, valueLength,
    spanBytes, spanHooks, redaction, redactKeys, redactPattern,
  ]

  private static let count = 0...1_000_000

  static let propagators = Setting<[PropagationFormat]>.list(
    "propagation.formats", "OTEL_PROPAGATORS", "some of \(PropagationFormat.names.joined(separator: ", "))",
    nonsense: "jaeger", default: "`b3,tracecontext,baggage`",
    "The headers that are written. All trace headers are read, `xray` and `baggage` only if they are listed."
  ) { PropagationFormat(rawValue: $0.lowercased()) }.standard([.b3, .tracecontext, .baggage])
  static let trustedPeers = Setting<TrustedPeers>.text(
    "propagation.trustedPeers", "SPOOR_TRUSTED_PEERS",
    "all, none, or addresses and ranges like 10.0.0.0/8 with commas", nonsense: "10.0.0.0/40", default: "`all`",
    "The callers whose traces are continued. For others a new trace begins, linked to the caller's span; their flags and "
      + "baggage are ignored."
  ) { text in
    if text.lowercased() == "all" { return .all }
    if text.isNothing { return .nobody }
    let parts = text.commaSeparated
    let ranges = parts.compactMap { AddressRange($0) }
    return ranges.isEmpty || ranges.count < parts.count ? nil : .addresses(ranges)
  }.standard(.all)
  static let writesTraceState = Setting<Bool>.flag(
    "propagation.writesTraceState", "SPOOR_TRACESTATE", default: true,
    "Whether `tracestate` gets a member of Spoor's.")
  static let baggageKeys = Setting<SpoorConfiguration.BaggageKeys>.text(
    "propagation.baggageKeys", "SPOOR_BAGGAGE_KEYS", "keys with commas, or all, or none", nonsense: ",",
    default: "`all`", "The baggage keys that are accepted and passed on."
  ) { text in
    if text.lowercased() == "all" { return .all }
    if text.isNothing { return .only([]) }
    let keys = Set(text.commaSeparated)
    return keys.isEmpty ? nil : .only(keys)
  }.standard(.all)
  static let baggageTags = Setting<[String]>.keys(
    "propagation.baggageTags", "SPOOR_BAGGAGE_TAGS", "Baggage keys that become tags of the local root.")
  static let baggageLogFields = Setting<[String]>.keys(
    "propagation.baggageLogFields", "SPOOR_BAGGAGE_LOG_FIELDS", "Baggage keys that become fields of log records.")
  static let uses64BitTraceIDs = Setting<Bool>.flag(
    "propagation.uses64BitTraceIDs", "SPOOR_TRACE_ID_64BIT", default: false,
    "Whether new trace ids have 64 bits, for old Zipkin servers.")

  // MARK: Sampling

  static let sampler = DescribedSetting.code(
    "sampling.sampler", "any Sampler", default: "from the next row, and `export.exporters`",
    "Decides which traces are recorded.")
  static let tracesSampler = Setting<SamplerSetting.Name>.choice(
    nil, "OTEL_TRACES_SAMPLER", default: .parentBasedAlwaysOn, "Decides which traces are recorded.")
  static let samplerArgument = Setting<Double>.number(
    nil, "OTEL_TRACES_SAMPLER_ARG", 0...1, unit: "share", default: "1",
    "The share that `traceidratio` and `parentbased_traceidratio` record.")
  static let samplingRules = Setting<[SamplingRule]>.list(
    "sampling.rules", "SPOOR_SAMPLING_RULES",
    "operation:PATTERN=RATE or path:PATTERN=RATE with commas, RATE from 0 to 1 or N/s", nonsense: "path:/x",
    default: "none",
    "Rules that are asked before the sampler; the first that applies decides. `*` stands for any characters."
  ) { try? SamplingRule($0) }
  static let tracesPerSecond = Setting<Double>.number(
    "sampling.tracesPerSecond", "SPOOR_TRACES_PER_SECOND", 0...1_000_000, unit: "traces/s", default: "no limit",
    "The most traces that begin here and are recorded, evenly spread, whatever the rules and the sampler decide.")
  static let keepFailed = Setting<Bool>.flag(
    "sampling.keep.failed", "SPOOR_KEEP_FAILED", default: false,
    "Whether unsampled local roots are sent in which a span failed.")
  static let keepSlower = Setting<Duration>.milliseconds(
    "sampling.keep.slowerThan", "SPOOR_KEEP_SLOWER_THAN", upToAnHour, default: "off",
    "Unsampled local roots that took at least this long are sent.")
  static let keepSlowerByOperation = Setting<[SlowOperation]>.map(
    "sampling.keep.slowerThanByOperation", "SPOOR_KEEP_SLOWER_THAN_BY_OPERATION",
    "NAME=MILLISECONDS with commas, from 1 to 3600000", nonsense: "/pay=soon",
    "Unsampled local roots are sent in which a span of that name took at least this long; a root that is named here is not "
      + "measured by the row above. `*` in NAME stands for any characters."
  ) { name, text in
    guard let milliseconds = Int(text), upToAnHour.contains(milliseconds) else { return nil }
    return SlowOperation(name: name, limit: .milliseconds(milliseconds))
  }.accepting { $0.allSatisfy { (.milliseconds(1) ... .seconds(3600)).contains($0.limit) } }

  static let samplingFile = Setting<String>.text(
    "sampling.file", "SPOOR_SAMPLING_FILE", "an absolute path", nonsense: "relative/path", default: "none",
    "A file of `NAME=VALUE` lines with the variables of the rows from `OTEL_TRACES_SAMPLER` on, which come before code and "
      + "environment. It is read every second, and each change is logged (`sampling_changed`). It need not exist."
  ) { $0.hasPrefix("/") ? $0 : nil }.accepting { $0.hasPrefix("/") }
  static let samplingSignal = Setting<SpoorConfiguration.Signal>.choice(
    "sampling.signal", "SPOOR_SAMPLING_SIGNAL", default: .off,
    "A signal that has every trace recorded that begins here; the next one restores the configured sampling, within a second."
  )

  // MARK: Spans

  static let areRecorded = DescribedSetting.code(
    "spans.areRecorded", "Bool", default: "from the next two rows",
    "Whether spans are recorded; if not, Spoor only logs.")
  static let isDisabled = Setting<Bool>.flag(
    nil, "OTEL_SDK_DISABLED", default: false, "No spans are recorded; Spoor only logs.")
  static let attributeCount = limit(
    "attributes", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", SpanLimits().attributes, "The most attributes of a span.")
  static let eventCount = limit(
    "events", "OTEL_SPAN_EVENT_COUNT_LIMIT", SpanLimits().events, "The most events of a span.")
  static let linkCount = limit(
    "links", "OTEL_SPAN_LINK_COUNT_LIMIT", SpanLimits().links, "The most links of a span.")
  static let eventAttributeCount = limit(
    "attributesPerEvent", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", SpanLimits().attributesPerEvent,
    "The most attributes of an event or a link.", unit: "attributes")
  static let valueLength = Setting<Int>.integer(
    "spans.limits.valueBytes", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", 0...60_000, unit: "bytes",
    default: SpanLimits().valueBytes, "The most bytes of one text; a longer one is cut and ends in `…(N bytes more)`.")
  static let spanBytes = Setting<Int>.integer(
    "spans.limits.totalBytes", "SPOOR_SPAN_BYTES", Journal.spanBytes,
    unit: "bytes", default: Journal.defaultSpanBytes,
    "The most bytes of all attributes, events and links of a span together; what does not fit is counted in the span. The "
      + "status, the name and the first error have room beside it.")
  static let spanHooks = DescribedSetting.code(
    "spans.hooks", "[SpanHook]", default: "none", "See each span at its end, and change or drop it.")

  private static func limit(
    _ name: String, _ variable: String, _ standard: Int, _ summary: String, unit: String? = nil
  ) -> DefaultedSetting<Int> {
    Setting.integer("spans.limits.\(name)", variable, count, unit: unit ?? name, default: standard, summary)
  }

  // MARK: Redaction

  static let redaction = DescribedSetting.code(
    "redaction", "Redaction", default: "the usual names of secrets",
    "What must not be written, in spans and log records. The next two rows add to it.")
  static let redactKeys = Setting<[String]>.keys(
    nil, "SPOOR_REDACT_KEYS", expected: "keys with commas, `*` for any characters",
    "Fields that are redacted beside those that code names, or the usual ones.")
  static let redactPattern = Setting<RedactionPattern>.text(
    nil, "SPOOR_REDACT_PATTERN", "a regular expression that does not match the empty text", nonsense: "([",
    default: "none", "Parts of texts that match are replaced."
  ) { try? RedactionPattern($0) }
}

/// The limit of one operation.
struct SlowOperation: Sendable {
  let name: String
  let limit: Duration
}
