import ArgumentParser

/// What a ``Drill`` is told.
struct DrillSettings: Sendable {
  /// The pool that order-service has.
  enum Pool: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
    /// The repaired one.
    case fixed
    /// The one of the incident: it lends connections for whole orders, takes broken ones back, and keeps to a database that
    /// no longer counts.
    case incident

    var arguments: [String] { self == .incident ? ["--keeps-connection", "--keeps-broken"] : [] }
  }

  var pool = Pool.fixed
  /// Orders per second, while a fault comes and goes.
  var rate = 20.0
  /// Orders for each fault, and for the baseline.
  var orders = 100
  /// One order in so many, drawn from the seed, has the coupon whose query fails.
  var couponEvery = 25
  /// Below this score a release is stopped.
  var threshold = 95.0
}
