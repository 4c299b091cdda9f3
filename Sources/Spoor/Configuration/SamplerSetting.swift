internal import SpoorTracing

/// `OTEL_TRACES_SAMPLER` and its argument, and before it the rules and the rate that OpenTelemetry has no names for.
/// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
enum SamplerSetting {
  static let names = [
    "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off",
    "parentbased_traceidratio",
  ]

  static func read(_ reader: inout EnvironmentReader) throws -> any Sampler {
    let name =
      try reader.value(Settings.tracesSampler) { names.contains($0.lowercased()) ? $0.lowercased() : nil }
      ?? "parentbased_always_on"
    var root: any Sampler =
      switch name.replacing("parentbased_", with: "") {
      case "always_off": NeverSampler()
      case "traceidratio": try TraceIDRatioSampler(ratio: reader.number(Settings.samplerArgument) ?? 1)
      default: AlwaysSampler()
      }
    if let rules = try rules(&reader) { root = RuleBasedSampler(rules, otherwise: root) }
    if let rate = try reader.number(Settings.tracesPerSecond) {
      root = try RateLimitingSampler(tracesPerSecond: rate, of: root)
    }
    return name.hasPrefix("parentbased_") ? ParentBasedSampler(root: root) : root
  }

  private static func rules(_ reader: inout EnvironmentReader) throws -> [SamplingRule]? {
    try reader.value(Settings.samplingRules) { text in try text.commaSeparated.map { try SamplingRule($0) } }
  }

  /// Whether every trace that begins here is recorded.
  static func takesEverything(_ sampler: any Sampler) -> Bool {
    ((sampler as? ParentBasedSampler)?.root ?? sampler) is AlwaysSampler
  }
}
