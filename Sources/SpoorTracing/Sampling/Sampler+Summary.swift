// SPDX-License-Identifier: Apache-2.0

extension Sampler {
  /// What the sampler does, in words for a log record: `parent, otherwise traceidratio=0.1`.
  package var summary: String {
    switch self {
    case is AlwaysSampler: "always_on"
    case is NeverSampler: "always_off"
    case let sampler as TraceIDRatioSampler: "traceidratio=\(sampler.ratio.plain)"
    case let sampler as ParentBasedSampler: "parent, otherwise \(sampler.root.summary)"
    case let sampler as RateLimitingSampler: "at most \(sampler.tracesPerSecond.plain)/s of \(sampler.inner.summary)"
    case let sampler as RuleBasedSampler:
      sampler.rules.map { "\($0.reason) \($0.sampler.summary), " }.joined() + "otherwise \(sampler.otherwise.summary)"
    default: "\(type(of: self))"
    }
  }
}

extension KeepRules {
  /// What the rules keep, in words for a log record; `none` if they keep nothing.
  package var summary: String {
    var parts = failed ? ["failed"] : []
    if let slowerThan { parts.append("slower than \(slowerThan)") }
    parts += slowerThanByOperation.sorted { $0.key < $1.key }.map { "\($0.key) slower than \($0.value)" }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }
}
