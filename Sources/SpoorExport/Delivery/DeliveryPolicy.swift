// SPDX-License-Identifier: Apache-2.0

/// Decides which collector may be tried when. Each endpoint has its own exponential back-off with jitter; the first one
/// that is not backing off is used.
///
/// This gives failover (the second endpoint takes over when the first fails), failback (the first is preferred again
/// after its pause) and a circuit breaker (pauses grow to a ceiling, and one request ends the pause or starts the
/// next). Time and randomness come from outside.
package struct DeliveryPolicy: Sendable {
  package let settings: DeliverySettings
  private var endpoints: [Endpoint]
  private var random: SplitMix64
  private var hasHurried = false
  /// Larger bodies were refused with 413, so they are split before they are sent.
  private(set) var bodyLimit = Int.max

  /// A limit learnt from 413 never falls below this. Single spans are tried whatever their size.
  private static let smallestBodyLimit = 16 * 1024
  /// One bad span among 2^n is found within n + 1 rejections in a row. After more of them without a success the
  /// collector refuses everything, and is no longer tried at full speed.
  private static let rejectionsInARow = 20

  private struct Endpoint {
    var failures = 0
    var rejections = 0
    var notBefore: ContinuousClock.Instant?
    /// Whether the collector asked for the pause. Then a shutdown does not shorten it.
    var isAsked = false
    var deliveries = 0
    /// The bodies that it answered with a failure since it last accepted one.
    var failedAnswers = 0
    /// The number of records in the smallest of them.
    var leastRefused = Int.max
  }

  /// - Parameter seed: The seed of the jitter; different for each process.
  package init(endpoints: Int, settings: DeliverySettings = DeliverySettings(), seed: UInt64) {
    self.settings = settings
    self.endpoints = Array(repeating: Endpoint(), count: endpoints)
    random = SplitMix64(state: seed)
  }

  package enum Choice: Sendable, Hashable {
    case endpoint(Int)
    /// No endpoint may be tried before this instant.
    case wait(until: ContinuousClock.Instant)
  }

  /// The first endpoint that may be tried.
  package func choose(now: ContinuousClock.Instant) -> Choice {
    var earliest: ContinuousClock.Instant?
    for (index, endpoint) in endpoints.enumerated() {
      guard let notBefore = endpoint.notBefore, notBefore > now else { return .endpoint(index) }
      earliest = min(earliest ?? notBefore, notBefore)
    }
    return .wait(until: earliest ?? now)
  }

  /// The number of bodies that the endpoint has accepted.
  func deliveries(_ endpoint: Int) -> Int { endpoints[endpoint].deliveries }

  /// The number of bodies that the endpoint has seen and not accepted since it last accepted one.
  func failedAnswers(_ endpoint: Int) -> Int { endpoints[endpoint].failedAnswers }

  /// Ends all pauses except those that a collector asked for, and restarts with short ones, for the last attempts
  /// before the process ends. A second call changes nothing until something was delivered, so that a shutdown does not
  /// hammer the collector.
  package mutating func retryAtOnce() {
    guard !hasHurried else { return }
    hasHurried = true
    for index in endpoints.indices where !endpoints[index].isAsked {
      endpoints[index].notBefore = nil
      endpoints[index].failures = 0
    }
  }

  /// Ends all pauses except those that a collector asked for, for one try; the next pause is as long as it would have
  /// been. Returns whether there was such a pause.
  mutating func tryNow() -> Bool {
    let paused = endpoints.indices.filter { !endpoints[$0].isAsked && endpoints[$0].notBefore != nil }
    for index in paused { endpoints[index].notBefore = nil }
    return !paused.isEmpty
  }

  mutating func delivered(_ endpoint: Int) {
    hasHurried = false
    let deliveries = endpoints[endpoint].deliveries + 1
    endpoints[endpoint] = Endpoint(deliveries: deliveries)
  }

  /// Notes that the collector works but refused the body.
  mutating func rejected(_ endpoint: Int, now: ContinuousClock.Instant) {
    endpoints[endpoint].rejections += 1
    if endpoints[endpoint].rejections > Self.rejectionsInARow {
      pause(endpoint, now: now, retryAfter: nil)
    } else {
      endpoints[endpoint].failures = 0
      endpoints[endpoint].notBefore = nil
    }
  }

  /// Notes that a body of several spans was too large.
  mutating func tooLarge(bytes: Int) {
    bodyLimit = max(min(bodyLimit, bytes / 2), Self.smallestBodyLimit)
  }

  /// Notes that the endpoint is to be left alone: there was no connection, or it asked for a pause.
  mutating func failed(_ endpoint: Int, now: ContinuousClock.Instant, retryAfter: Duration?) {
    pause(endpoint, now: now, retryAfter: retryAfter)
  }

  /// Notes that the endpoint has seen a body with this many records and not accepted it, for a reason that may lie in
  /// the body.
  ///
  /// - Parameter pauses: whether all bodies have to wait, and not only this one.
  mutating func failedAnswer(_ endpoint: Int, records: Int, now: ContinuousClock.Instant, pauses: Bool) {
    endpoints[endpoint].failedAnswers += 1
    let isLeast = records < endpoints[endpoint].leastRefused
    endpoints[endpoint].leastRefused = min(endpoints[endpoint].leastRefused, records)
    guard pauses else { return }
    // A smaller body than ever tells something new, and one half of it is smaller still. There are at most as many of
    // them as halvings of the first one, so a collector that fails everything is not hammered.
    pause(endpoint, now: now, retryAfter: nil, atMost: isLeast && records > 1 ? Self.searchPause : nil)
  }

  /// The longest pause while ever smaller bodies are tried.
  private static let searchPause: Duration = .seconds(4)

  private mutating func pause(
    _ endpoint: Int, now: ContinuousClock.Instant, retryAfter: Duration?, atMost limit: Duration? = nil
  ) {
    let doublings = min(endpoints[endpoint].failures, 30)
    endpoints[endpoint].failures += 1
    let full = min(settings.initialDelay * (1 << doublings), limit ?? settings.maximumDelay, settings.maximumDelay)
    // Half of the delay is random, so that a fleet does not retry all at once.
    var delay = full * Double.random(in: 0.5..<1, using: &random)
    endpoints[endpoint].isAsked = retryAfter != nil
    if let retryAfter { delay = max(delay, min(retryAfter, settings.maximumRetryAfter)) }
    endpoints[endpoint].notBefore = now + delay
  }
}
