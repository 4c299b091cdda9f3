import ArgumentParser

/// What a ``LoadTest`` is told.
struct LoadSettings: Sendable {
  /// What becomes of the spans.
  enum Tracing: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
    /// As in production: one trace in a hundred, and each service's part of those that fail.
    case kept
    /// Every trace, into a collector that forgets them.
    case all
    /// None; logs as ever.
    case off

    var environment: [String: String] {
      switch self {
      case .kept:
        [
          "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01",
          "SPOOR_KEEP_FAILED": "1",
        ]
      // The default age of a batch, not that of somebody who waits for traces.
      case .all: ["OTEL_TRACES_SAMPLER": "parentbased_always_on", "OTEL_BSP_SCHEDULE_DELAY": "1000"]
      case .off: ["OTEL_SDK_DISABLED": "1"]
      }
    }
  }

  let orders: Int
  /// Orders per second.
  let rate: Double
  let pool: DrillSettings.Pool
  let tracing: Tracing
  /// One order in so many, drawn from the seed, has the coupon whose query fails.
  var couponEvery = 40
}
