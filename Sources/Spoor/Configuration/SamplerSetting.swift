internal import SpoorTracing

/// `OTEL_TRACES_SAMPLER` and its argument.
/// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
enum SamplerSetting {
  private static let names = [
    "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off",
    "parentbased_traceidratio",
  ]

  static func read(_ reader: inout EnvironmentReader) throws -> any Sampler {
    let fallback = ParentBasedSampler(root: AlwaysSampler())
    guard let name = reader.text("OTEL_TRACES_SAMPLER") else { return fallback }
    switch name.lowercased() {
    case "always_on": return AlwaysSampler()
    case "always_off": return NeverSampler()
    case "parentbased_always_on": return fallback
    case "parentbased_always_off": return ParentBasedSampler(root: NeverSampler())
    case "traceidratio": return try ratio(&reader)
    case "parentbased_traceidratio": return ParentBasedSampler(root: try ratio(&reader))
    default:
      try reader.refuse(
        ConfigurationError(
          setting: "OTEL_TRACES_SAMPLER", value: name, expected: "one of \(names.joined(separator: ", "))"))
      return fallback
    }
  }

  private static func ratio(_ reader: inout EnvironmentReader) throws -> any Sampler {
    let sampler = try reader.value("OTEL_TRACES_SAMPLER_ARG", expected: "a number from 0 to 1") { text in
      try Double(text).map { try TraceIDRatioSampler(ratio: $0) }
    }
    return sampler ?? AlwaysSampler() as any Sampler
  }
}
