// SPDX-License-Identifier: Apache-2.0

package import SpoorTracing

/// The settings from which the sampler and the keep rules are made, so that they can be made again while the service
/// runs.
package struct SamplingSource: Sendable {
  /// The settings in code.
  private let given: SpoorConfiguration.Sampling
  /// The variables of this group that are set.
  private let environment: [String: String]

  /// What is in force.
  package struct Resolved: Sendable {
    package let sampler: any Sampler
    package let keep: KeepRules
  }

  /// The variables that can change while the service runs. Each one replaces its property.
  private static let variables: KeyValuePairs<String, @Sendable (inout SpoorConfiguration.Sampling) -> Void> = [
    "OTEL_TRACES_SAMPLER": { $0.sampler = nil }, "OTEL_TRACES_SAMPLER_ARG": { $0.sampler = nil },
    "SPOOR_SAMPLING_RULES": { $0.rules = nil }, "SPOOR_TRACES_PER_SECOND": { $0.tracesPerSecond = nil },
    "SPOOR_KEEP_FAILED": { $0.keep.failed = nil }, "SPOOR_KEEP_SLOWER_THAN": { $0.keep.slowerThan = nil },
    "SPOOR_KEEP_SLOWER_THAN_BY_OPERATION": { $0.keep.slowerThanByOperation = [:] },
  ]

  init(_ given: SpoorConfiguration.Sampling, environment: [String: String]) {
    self.given = given
    let names = Set(Self.variables.map(\.key))
    self.environment = environment.filter { names.contains($0.key) }
  }

  /// The settings as they were configured, with changes.
  ///
  /// - Parameters:
  ///   - variables: variables that replace those of the environment and the settings in code.
  ///   - change: settings in code that come before everything else; what it leaves out stays.
  /// - Throws: ``ConfigurationError`` for the first invalid setting.
  func resolved(
    variables: [String: String], change: SpoorConfiguration.Sampling?
  ) throws(ConfigurationError) -> Resolved {
    var sampling = given
    for (name, reset) in Self.variables where variables[name] != nil { reset(&sampling) }
    if let change {
      sampling.sampler = change.sampler ?? sampling.sampler
      sampling.rules = change.rules ?? sampling.rules
      sampling.tracesPerSecond = change.tracesPerSecond ?? sampling.tracesPerSecond
      sampling.keep.failed = change.keep.failed ?? sampling.keep.failed
      sampling.keep.slowerThan = change.keep.slowerThan ?? sampling.keep.slowerThan
      sampling.keep.slowerThanByOperation.merge(change.keep.slowerThanByOperation) { $1 }
    }
    // Nobody reads complaints now: what cannot be used is an error.
    var environment = environment
    if !variables.isEmpty { environment["SPOOR_STRICT"] = "1" }
    var reader = try SettingReader(environment.merging(variables) { $1 })
    return try Self.resolved(sampling, &reader)
  }

  static func resolved(
    _ given: SpoorConfiguration.Sampling, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> Resolved {
    Resolved(
      sampler: try SamplerSetting.read(given, &reader), keep: try ResolvedConfiguration.keep(given.keep, &reader))
  }

  /// Reads `NAME=VALUE` lines; blank lines and those that begin with `#` are skipped.
  ///
  /// - Throws: ``ConfigurationError`` for a line without `=`, and for a name that is not one of the variables of
  ///   sampling.
  static func variables(in text: String, of file: String) throws(ConfigurationError) -> [String: String] {
    var result: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline).map({ String($0).trimmed }) {
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0).trimmed }
      guard parts.count == 2, variables.contains(where: { $0.key == parts[0] }) else {
        throw ConfigurationError(
          setting: file, value: line,
          expected: "lines NAME=VALUE, with NAME one of \(variables.map(\.key).joined(separator: ", "))")
      }
      result[parts[0]] = parts[1]
    }
    return result
  }
}
