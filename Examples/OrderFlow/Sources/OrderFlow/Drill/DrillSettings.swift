// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The settings of a ``Drill``.
struct DrillSettings: Sendable {
  /// The pool of order-service.
  enum Pool: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
    /// The repaired pool.
    case fixed
    /// The pool of the incident: it lends connections for whole orders, reuses broken ones, and stays with a database
    /// that is no longer the primary.
    case incident

    var arguments: [String] { self == .incident ? ["--keeps-connection", "--keeps-broken"] : [] }
  }

  var pool = Pool.fixed
  /// Orders per second.
  var rate = 20.0
  /// Orders for each fault and for the baseline.
  var orders = 100
  /// One order in this many, drawn from the seed, has the coupon whose query fails.
  var couponEvery = 25
  /// A release is stopped below this score.
  var threshold = 95.0
}
