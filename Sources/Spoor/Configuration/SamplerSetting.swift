internal import SpoorTracing

/// `OTEL_TRACES_SAMPLER` and its argument, and before it the rules and the rate that OpenTelemetry has no names for.
/// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
enum SamplerSetting {
  private static let names = [
    "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off",
    "parentbased_traceidratio",
  ]

  static func read(_ reader: inout EnvironmentReader) throws -> any Sampler {
    let name = try name(&reader)
    var root: any Sampler =
      switch name.replacing("parentbased_", with: "") {
      case "always_off": NeverSampler()
      case "traceidratio": try ratio(&reader)
      default: AlwaysSampler()
      }
    if let rules = try rules(&reader) { root = RuleBasedSampler(rules, otherwise: root) }
    let rate = try reader.value("SPOOR_TRACES_PER_SECOND", expected: "a number from 0 to 1000000") { text in
      try Double(text).map { try RateLimitingSampler(tracesPerSecond: $0, of: root) }
    }
    if let rate { root = rate }
    return name.hasPrefix("parentbased_") ? ParentBasedSampler(root: root) : root
  }

  /// Whether every trace that begins here is recorded.
  static func takesEverything(_ sampler: any Sampler) -> Bool {
    ((sampler as? ParentBasedSampler)?.root ?? sampler) is AlwaysSampler
  }

  private static func name(_ reader: inout EnvironmentReader) throws -> String {
    let fallback = "parentbased_always_on"
    guard let name = reader.text("OTEL_TRACES_SAMPLER") else { return fallback }
    if names.contains(name.lowercased()) { return name.lowercased() }
    try reader.refuse(
      ConfigurationError(
        setting: "OTEL_TRACES_SAMPLER", value: name, expected: "one of \(names.joined(separator: ", "))"))
    return fallback
  }

  private static func ratio(_ reader: inout EnvironmentReader) throws -> any Sampler {
    let sampler = try reader.value("OTEL_TRACES_SAMPLER_ARG", expected: "a number from 0 to 1") { text in
      try Double(text).map { try TraceIDRatioSampler(ratio: $0) }
    }
    return sampler ?? AlwaysSampler() as any Sampler
  }

  private static func rules(_ reader: inout EnvironmentReader) throws -> [SamplingRule]? {
    try reader.value(
      "SPOOR_SAMPLING_RULES",
      expected: "operation:PATTERN=RATE or path:PATTERN=RATE, with commas; RATE from 0 to 1, or N/s"
    ) { text in
      try text.split(separator: ",").map { try SamplingRule(String($0).trimmedSpaces) }
    }
  }
}
