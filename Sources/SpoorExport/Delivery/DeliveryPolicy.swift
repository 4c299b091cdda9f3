/// When which collector may be asked: exponential back-off with jitter for each endpoint by itself, the first that may be
/// asked is.
///
/// That is failover (the second takes over the moment the first fails), return (the first is preferred as soon as its
/// pause is over) and a circuit that does not hammer (a pause grows up to the ceiling, and one request ends it or begins
/// the next). Time and chance come from outside.
package struct DeliveryPolicy: Sendable {
  package let settings: DeliverySettings
  private var endpoints: [Endpoint]
  private var random: SplitMix64
  private var hasHurried = false
  /// Bodies of more bytes were answered 413: they are split before they are sent.
  private(set) var bodyLimit = Int.max

  /// A limit learnt from 413 never goes below this: single spans are tried whatever their size.
  private static let smallestBodyLimit = 16 * 1024
  /// One bad span among 2^n is found within n + 1 rejections in a row. More of them without one success: the collector
  /// refuses everything, and is not asked at full speed whether it still does.
  private static let rejectionsInARow = 20

  private struct Endpoint {
    var failures = 0
    var rejections = 0
    var notBefore: ContinuousClock.Instant?
    /// How long a collector asked to be left alone: a hurry of ours does not change that.
    var isAsked = false
    var deliveries = 0
  }

  /// - Parameter seed: Of the jitter; another for each process.
  package init(endpoints: Int, settings: DeliverySettings = DeliverySettings(), seed: UInt64) {
    self.settings = settings
    self.endpoints = Array(repeating: Endpoint(), count: endpoints)
    random = SplitMix64(state: seed)
  }

  package enum Choice: Sendable, Hashable {
    case endpoint(Int)
    /// None may be asked before.
    case wait(until: ContinuousClock.Instant)
  }

  /// The first endpoint that may be asked.
  package func choose(now: ContinuousClock.Instant) -> Choice {
    var earliest: ContinuousClock.Instant?
    for (index, endpoint) in endpoints.enumerated() {
      guard let notBefore = endpoint.notBefore, notBefore > now else { return .endpoint(index) }
      earliest = min(earliest ?? notBefore, notBefore)
    }
    return .wait(until: earliest ?? now)
  }

  /// How many bodies the endpoint has taken.
  func deliveries(_ endpoint: Int) -> Int { endpoints[endpoint].deliveries }

  /// Ends all pauses but those that a collector asked for, and begins again with short ones: for the last attempts before
  /// the process ends. Called again, it changes nothing until something was delivered: a hurry is no reason to hammer.
  package mutating func retryAtOnce() {
    guard !hasHurried else { return }
    hasHurried = true
    for index in endpoints.indices where !endpoints[index].isAsked {
      endpoints[index].notBefore = nil
      endpoints[index].failures = 0
    }
  }

  mutating func delivered(_ endpoint: Int) {
    hasHurried = false
    let deliveries = endpoints[endpoint].deliveries + 1
    endpoints[endpoint] = Endpoint(deliveries: deliveries)
  }

  /// The collector works, and does not take the body.
  mutating func rejected(_ endpoint: Int, now: ContinuousClock.Instant) {
    endpoints[endpoint].rejections += 1
    if endpoints[endpoint].rejections > Self.rejectionsInARow {
      pause(endpoint, now: now, retryAfter: nil)
    } else {
      endpoints[endpoint].failures = 0
      endpoints[endpoint].notBefore = nil
    }
  }

  /// A body of several spans was too large.
  mutating func tooLarge(bytes: Int) {
    bodyLimit = max(min(bodyLimit, bytes / 2), Self.smallestBodyLimit)
  }

  mutating func failed(_ endpoint: Int, now: ContinuousClock.Instant, retryAfter: Duration?) {
    pause(endpoint, now: now, retryAfter: retryAfter)
  }

  private mutating func pause(_ endpoint: Int, now: ContinuousClock.Instant, retryAfter: Duration?) {
    let doublings = min(endpoints[endpoint].failures, 30)
    endpoints[endpoint].failures += 1
    let full = min(settings.initialDelay * (1 << doublings), settings.maximumDelay)
    // Half of it is left to chance, so that a fleet does not come back all at once.
    var delay = full * Double.random(in: 0.5..<1, using: &random)
    endpoints[endpoint].isAsked = retryAfter != nil
    if let retryAfter { delay = max(delay, min(retryAfter, settings.maximumRetryAfter)) }
    endpoints[endpoint].notBefore = now + delay
  }
}

/// Steele, Lea and Flood's SplitMix64: small, seeded, good enough for jitter.
struct SplitMix64: RandomNumberGenerator, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
