// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorExport

@Suite("Which collector is used when")
struct DeliveryPolicyTests {
  let start = ContinuousClock.now

  /// The pauses of a policy with one endpoint after each of several failures.
  func pauses(_ count: Int, seed: UInt64 = 1, retryAfter: Duration? = nil) -> [Duration] {
    var policy = DeliveryPolicy(endpoints: 1, seed: seed)
    var now = start
    return (0..<count).map { _ in
      policy.failed(0, now: now, retryAfter: retryAfter)
      guard case .wait(let until) = policy.choose(now: now) else { return .zero }
      defer { now = until }
      return until - now
    }
  }

  @Test("Pauses double up to the maximum, each between half and all of it")
  func backOff() {
    for (index, pause) in pauses(40).enumerated() {
      let whole = min(Duration.milliseconds(500) * (1 << min(index, 20)), .seconds(30))
      #expect(pause >= whole / 2 && pause <= whole)
    }
  }

  @Test("Processes with different seeds return at different times, and equal seeds at the same time")
  func jitter() {
    #expect(pauses(5, seed: 1) == pauses(5, seed: 1))
    #expect(pauses(5, seed: 1) != pauses(5, seed: 2))
  }

  @Test("Retry-After is the minimum pause, within bounds")
  func retryAfter() {
    #expect(pauses(3, retryAfter: .seconds(100)).allSatisfy { $0 == .seconds(100) })
    #expect(pauses(3, retryAfter: .seconds(86_400)).allSatisfy { $0 == .seconds(300) })
    #expect(pauses(1, retryAfter: .milliseconds(1))[0] >= .milliseconds(250))
  }

  @Test("A success resets the count of failures")
  func success() {
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    for _ in 0..<10 { policy.failed(0, now: start, retryAfter: nil) }
    policy.delivered(0)
    #expect(policy.choose(now: start) == .endpoint(0))
    policy.failed(0, now: start, retryAfter: nil)
    #expect(policy.choose(now: start + .milliseconds(500)) == .endpoint(0))
  }

  @Test("The second endpoint takes over when the first fails, and hands back after the pause")
  func failover() {
    var policy = DeliveryPolicy(endpoints: 3, seed: 1)
    #expect(policy.choose(now: start) == .endpoint(0))
    policy.failed(0, now: start, retryAfter: .seconds(60))
    #expect(policy.choose(now: start) == .endpoint(1))
    policy.failed(1, now: start, retryAfter: .seconds(10))
    #expect(policy.choose(now: start) == .endpoint(2))
    policy.failed(2, now: start, retryAfter: .seconds(30))
    #expect(policy.choose(now: start) == .wait(until: start + .seconds(10)))
    #expect(policy.choose(now: start + .seconds(10)) == .endpoint(1))
    #expect(policy.choose(now: start + .seconds(60)) == .endpoint(0))
  }

  @Test("Urgency ends Spoor's own pauses but not a collector's")
  func hurry() {
    var policy = DeliveryPolicy(endpoints: 2, seed: 1)
    policy.failed(0, now: start, retryAfter: .seconds(5))
    for _ in 0..<10 { policy.failed(1, now: start, retryAfter: nil) }
    policy.retryAtOnce()
    #expect(policy.choose(now: start) == .endpoint(1))
    policy.delivered(1)
    policy.failed(1, now: start, retryAfter: .seconds(9))
    policy.retryAtOnce()
    #expect(policy.choose(now: start) == .wait(until: start + .seconds(5)))
  }

  @Test("Permanent urgency still backs off")
  func alwaysInAHurry() {
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    for _ in 0..<10 { policy.failed(0, now: start, retryAfter: nil) }
    var (now, attempts) = (start, 0)
    while now < start + .seconds(10) {
      policy.retryAtOnce()
      switch policy.choose(now: now) {
      case .wait(let until): now = until
      case .endpoint:
        attempts += 1
        policy.failed(0, now: now, retryAfter: nil)
      }
    }
    #expect((4...8).contains(attempts))
  }

  @Test("A rejection is no failure, but many in a row slow the sender down")
  func rejections() {
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    for _ in 0..<20 {
      policy.rejected(0, now: start)
      #expect(policy.choose(now: start) == .endpoint(0))
    }
    policy.rejected(0, now: start)
    #expect(policy.choose(now: start) != .endpoint(0))
    policy.delivered(0)
    policy.rejected(0, now: start)
    #expect(policy.choose(now: start) == .endpoint(0))
  }
}
