// SPDX-License-Identifier: Apache-2.0

import SpoorTestSupport
import Testing

@testable import SpoorExport

@Suite("Delivery of a batch")
struct BatchDeliveryTests {
  /// The collector's answer to a body with these spans.
  typealias Collector = (_ spans: Range<Int>, _ endpoint: Int, _ now: ContinuousClock.Instant) -> SendOutcome

  struct Account: Equatable {
    var delivered: [Int] = []
    var dropped: [Int] = []
    var requests = 0
  }

  static func batch(_ count: Int, bytes: Int = 100) -> BatchDelivery {
    BatchDelivery((0..<count).map { EncodedRecord(token: UInt64($0), bytes: $0 * bytes..<($0 + 1) * bytes) })
  }

  /// Runs the delivery to its end, or for `requests` requests. Waiting takes no time.
  func drive(
    _ delivery: inout BatchDelivery, _ policy: inout DeliveryPolicy, requests: Int = 1000,
    now: inout ContinuousClock.Instant, _ collector: Collector
  ) -> Account {
    var account = Account()
    while account.requests < requests {
      switch delivery.next(now: now, policy: &policy) {
      case .done: return account
      case .wait(let instant):
        #expect(instant > now)
        now = instant
      case .send(let range, let endpoint):
        account.requests += 1
        let settled = delivery.record(collector(range, endpoint, now), now: now, policy: &policy)
        account.delivered += settled.delivered.map(Array.init) ?? []
        account.dropped += settled.dropped.map { [$0.index] } ?? []
      }
    }
    return account
  }

  @Test("The one span that a collector rejects is dropped, and its 99 neighbours are delivered", arguments: 0..<100)
  func oneBad(bad: Int) {
    var delivery = Self.batch(100)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    let account = drive(&delivery, &policy, now: &now) { spans, _, _ in
      spans.contains(bad) ? .rejected(status: 400, reason: "bad") : .delivered
    }
    #expect(account.delivered == (0..<100).filter { $0 != bad })
    #expect(account.dropped == [bad])
    #expect(account.requests <= 15)
    #expect(delivery.held.isEmpty)
  }

  /// The ways in which a firewall, a proxy or a collector may refuse one span.
  static let refusals: [SendOutcome] =
    (400...599).map { status in
      status == 400 || status == 413
        ? .rejected(status: status, reason: "no") : .retryLater(status: status, after: nil, reason: "no")
    } + [
      .retryLater(status: nil, after: nil, reason: "closed"),
      .retryLater(status: 503, after: .seconds(1), reason: "with a pause"),
    ]

  @Test("One span refused in any way does not affect its neighbours, which are sent at once", arguments: refusals)
  func oneRefused(refusal: SendOutcome) {
    var delivery = Self.batch(22)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    let start = ContinuousClock.now
    var now = start
    let neighbours = Set((0..<22).filter { $0 != 7 }.map(UInt64.init))
    var delivered: Set<UInt64> = []
    var dropped: [UInt64] = []
    var next: UInt64 = 100
    // Ten minutes of a running service: whenever the delivery needs further spans, there are some.
    while now < start + .seconds(600), dropped.isEmpty || !delivered.isSuperset(of: neighbours) {
      switch delivery.next(now: now, policy: &policy) {
      case .done:
        Issue.record("\(refusal): nothing is held, although a span was refused")
        return
      case .wait(let instant):
        if delivery.needsCompany {
          delivery.add([EncodedRecord(token: next, bytes: 0..<100)])
          next += 1
          now += .milliseconds(100)
        } else {
          now = instant
        }
      case .send(let range, _):
        let isRefused = delivery.records[range].contains { $0.token == 7 }
        let settled = delivery.record(isRefused ? refusal : .delivered, now: now, policy: &policy)
        for index in settled.delivered ?? 0..<0 { delivered.insert(delivery.records[index].token) }
        if let index = settled.dropped?.index { dropped.append(delivery.records[index].token) }
      }
      // The neighbours are delivered long before the span is dropped.
      if now > start + .seconds(60) { #expect(delivered.isSuperset(of: neighbours)) }
    }
    #expect(dropped == [7], "\(refusal)")
    #expect(delivered.isSuperset(of: neighbours))
  }

  @Test("A collector that refuses everything in any way costs no span", arguments: refusals)
  func allRefused(refusal: SendOutcome) {
    var delivery = Self.batch(22)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    let during = drive(&delivery, &policy, requests: 500, now: &now) { _, _, _ in refusal }
    #expect(during.dropped.isEmpty && during.delivered.isEmpty)
    let after = drive(&delivery, &policy, now: &now) { _, _, _ in .delivered }
    #expect(after.delivered.sorted() == Array(0..<22))
  }

  @Test("A collector that cannot be reached raises no suspicion against a body")
  func unreachable() {
    var delivery = Self.batch(100)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    let during = drive(&delivery, &policy, requests: 500, now: &now) { _, _, _ in .unreachable(reason: "down") }
    #expect(during.dropped.isEmpty)
    let after = drive(&delivery, &policy, now: &now) { _, _, _ in .delivered }
    #expect(after == Account(delivered: Array(0..<100), requests: 1))
  }

  @Test("A collector that fails every other time costs no span")
  func everyOther() {
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    var fails = false
    for _ in 0..<100 {
      var delivery = Self.batch(50)
      let account = drive(&delivery, &policy, requests: 10_000, now: &now) { _, _, _ in
        fails.toggle()
        return fails ? .retryLater(status: 503, after: nil, reason: "busy") : .delivered
      }
      #expect(account.delivered.count == 50)
    }
  }

  @Test("Settled spans can be forgotten, and the held ones keep their order")
  func compact() {
    var delivery = Self.batch(8)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    _ = drive(&delivery, &policy, requests: 5, now: &now) { spans, _, _ in
      spans.contains(5) ? .rejected(status: 400, reason: "bad") : .delivered
    }
    var held: [UInt64] = []
    delivery.removeSettled { span in
      held.append(span.token)
      return EncodedRecord(token: span.token, bytes: held.count * 10..<held.count * 10 + 10)
    }
    #expect(delivery.records.map(\.token) == held && held == held.sorted())
    let tokens = held
    let rest = drive(&delivery, &policy, now: &now) { spans, _, _ in
      spans.contains { tokens[$0] == 5 } ? .rejected(status: 400, reason: "bad") : .delivered
    }
    #expect((rest.delivered + rest.dropped).map { tokens[$0] }.sorted() == tokens)
  }

  @Test("A collector that answers 500 to everything costs no span, for any time")
  func always500() {
    var delivery = Self.batch(100)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    let during = drive(&delivery, &policy, requests: 3000, now: &now) { _, _, _ in
      .retryLater(status: 500, after: nil, reason: "down")
    }
    #expect(during.dropped.isEmpty && during.delivered.isEmpty)
    #expect(delivery.held.flatMap(Array.init) == Array(0..<100))
    let after = drive(&delivery, &policy, now: &now) { _, _, _ in .delivered }
    #expect(after.delivered.sorted() == Array(0..<100))
  }

  @Test("A body size that was rejected once is not tried again in the next batch")
  func learnsTheSize() {
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    var refusals = 0
    for _ in 0..<3 {
      var delivery = Self.batch(64, bytes: 10_000)
      let account = drive(&delivery, &policy, now: &now) { spans, _, _ in
        guard spans.count > 8 else { return .delivered }
        refusals += 1
        return .rejected(status: 413, reason: "too large")
      }
      #expect(account.delivered == Array(0..<64))
    }
    #expect(refusals == 3)
  }

  @Test("A suspected span waits for other spans, and is dropped only after they are delivered again and again")
  func company() {
    var delivery = Self.batch(1)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    let collector: Collector = { spans, _, _ in
      spans.contains(0) ? .retryLater(status: 500, after: nil, reason: "oops") : .delivered
    }
    #expect(!delivery.needsCompany)
    let alone = drive(&delivery, &policy, requests: 50, now: &now, collector)
    #expect(alone.dropped.isEmpty)
    for number in 1...10 {
      #expect(delivery.needsCompany)
      delivery.add([EncodedRecord(token: UInt64(number), bytes: 100..<200)])
      #expect(!delivery.needsCompany)
      let together = drive(&delivery, &policy, requests: 3, now: &now, collector)
      #expect(together.delivered == [number])
      #expect(together.dropped == (number == 10 ? [0] : []))
    }
  }

  @Test("A collector that answers 500 half of the time costs no span of fifty thousand", arguments: [1, 2, 3])
  func flapping(seed: UInt64) {
    var random = SplitMix64(state: seed)
    var policy = DeliveryPolicy(endpoints: 1, seed: seed)
    var now = ContinuousClock.now
    for _ in 0..<50 {
      var delivery = Self.batch(1000)
      let account = drive(&delivery, &policy, requests: 100_000, now: &now) { _, _, _ in
        Bool.random(using: &random) ? .delivered : .retryLater(status: 500, after: nil, reason: "now and then")
      }
      #expect(account.delivered.count == 1000)
    }
  }

  /// Every body that is formed at first has spans that the collector refuses, so nothing is accepted until one body has
  /// been made small enough.
  @Test("The neighbours of many refused spans are delivered in minutes", arguments: [(500, 2), (500, 22), (403, 22)])
  func manyBad(status: Int, distance: Int) {
    let count = 4000
    var delivery = Self.batch(count, bytes: 160)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    let start = ContinuousClock.now
    var now = start
    let good = Set((0..<count).filter { $0 % distance != 0 })
    var delivered: Set<Int> = []
    while delivered != good, now < start + .seconds(3600) {
      let account = drive(&delivery, &policy, requests: 1, now: &now) { spans, _, _ in
        if spans.count > 100 { return .rejected(status: 413, reason: "too large") }
        let isRefused = spans.contains { $0 % distance == 0 }
        return isRefused ? .retryLater(status: status, after: nil, reason: "bad") : .delivered
      }
      delivered.formUnion(account.delivered)
      if account.requests == 0 { break }
    }
    #expect(good.subtracting(delivered).count == 0)
    #expect(delivered.subtracting(good).count == 0)
    #expect(now - start < .seconds(180), "\(now - start)")
  }

  @Test("A collector that asks for pauses gets no smaller bodies for it")
  func throttled() {
    var delivery = Self.batch(1000)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    let slower: Collector = { _, _, _ in .retryLater(status: 429, after: .seconds(1), reason: "slower") }
    #expect(drive(&delivery, &policy, requests: 4, now: &now, slower).requests == 4)
    #expect(delivery.held == [0..<1000])
    delivery.add((1000..<1500).map { EncodedRecord(token: UInt64($0), bytes: $0 * 100..<($0 + 1) * 100) })
    for _ in 0..<3 { #expect(drive(&delivery, &policy, requests: 1, now: &now, slower).requests == 1) }
    #expect(delivery.held.contains(1000..<1500))
  }

  @Test("An unexpected answer settles nothing")
  func unexpectedAnswer() {
    var delivery = Self.batch(2)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    #expect(delivery.record(.delivered, now: .now, policy: &policy) == BatchDelivery.Settled())
    #expect(delivery.held == [0..<2])
    var empty = Self.batch(0)
    #expect(empty.next(now: .now, policy: &policy) == .done)
  }
}
