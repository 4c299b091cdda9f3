// SPDX-License-Identifier: Apache-2.0

internal import SpoorTracing

/// Reads `OTEL_TRACES_SAMPLER` and its argument, and the rules and the rate around it, for which OpenTelemetry has no
/// variables. https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
enum SamplerSetting {
  enum Name: String, CaseIterable, Sendable {
    case alwaysOn = "always_on"
    case alwaysOff = "always_off"
    case ratio = "traceidratio"
    case parentBasedAlwaysOn = "parentbased_always_on"
    case parentBasedAlwaysOff = "parentbased_always_off"
    case parentBasedRatio = "parentbased_traceidratio"
  }

  /// The sampler, with the rules before it and the rate over all of it. With a ``ParentBasedSampler`` both apply only
  /// to traces that begin here; a caller's decision is followed.
  static func read(
    _ given: SpoorConfiguration.Sampling, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> any Sampler {
    let sampler: any Sampler
    if let given = given.sampler { sampler = given } else { sampler = try fromEnvironment(&reader) }
    let followsParent = sampler is ParentBasedSampler
    var root = (sampler as? ParentBasedSampler)?.root ?? sampler
    if let rules = try reader.value(Settings.samplingRules, given.rules), !rules.isEmpty {
      root = RuleBasedSampler(rules, otherwise: root)
    }
    if let rate = try reader.value(Settings.tracesPerSecond, given.tracesPerSecond) {
      do throws(SamplerError) {
        root = try RateLimitingSampler(tracesPerSecond: rate, of: root)
      } catch {
        throw reader.error(Settings.tracesPerSecond, given: rate)
      }
    }
    return followsParent ? ParentBasedSampler(root: root) : root
  }

  private static func fromEnvironment(_ reader: inout SettingReader) throws(ConfigurationError) -> any Sampler {
    let name = try reader.value(Settings.tracesSampler, nil)
    let share = try reader.variable(Settings.samplerArgument)
    if share != nil, name != .ratio, name != .parentBasedRatio {
      try reader.complain(
        ConfigurationError(
          setting: "OTEL_TRACES_SAMPLER_ARG", value: reader.text("OTEL_TRACES_SAMPLER_ARG") ?? "",
          expected: "unset, because OTEL_TRACES_SAMPLER is \(name.rawValue), which has no argument"))
    }
    return switch name {
    case .alwaysOn: AlwaysSampler()
    case .alwaysOff: NeverSampler()
    case .ratio: ratio(share)
    case .parentBasedAlwaysOn: ParentBasedSampler(root: AlwaysSampler())
    case .parentBasedAlwaysOff: ParentBasedSampler(root: NeverSampler())
    case .parentBasedRatio: ParentBasedSampler(root: ratio(share))
    }
  }

  /// The sampler for a share, which the setting has checked.
  private static func ratio(_ share: Double?) -> any Sampler {
    (try? TraceIDRatioSampler(ratio: share ?? 1)) ?? AlwaysSampler()
  }

  /// Whether every trace that begins here is recorded.
  static func takesEverything(_ sampler: any Sampler) -> Bool {
    ((sampler as? ParentBasedSampler)?.root ?? sampler) is AlwaysSampler
  }
}
