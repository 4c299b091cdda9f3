// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The settings of a ``LoadTest``.
struct LoadSettings: Sendable {
  /// The tracing configuration.
  enum Tracing: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
    /// As in production: one trace in a hundred, and each service's part of failed traces.
    case kept
    /// Every trace, into a collector that discards them.
    case all
    /// No spans, only logs.
    case off

    var environment: [String: String] {
      switch self {
      case .kept:
        [
          "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01",
          "SPOOR_KEEP_FAILED": "1",
        ]
      // The default batch age instead of the short one for people who wait for traces.
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
  /// One order in this many, drawn from the seed, has the coupon whose query fails.
  var couponEvery = 40
}
