import SpoorTestSupport
import Testing

@testable import SpoorExport

@Suite("A batch on its way")
struct BatchDeliveryTests {
  /// What a collector would say of a body of these spans.
  typealias Collector = (_ spans: Range<Int>, _ endpoint: Int, _ now: ContinuousClock.Instant) -> SendOutcome

  struct Account: Equatable {
    var delivered: [Int] = []
    var dropped: [Int] = []
    var requests = 0
  }

  static func batch(_ count: Int, bytes: Int = 100) -> BatchDelivery {
    BatchDelivery((0..<count).map { EncodedSpan(token: UInt64($0), bytes: $0 * bytes..<($0 + 1) * bytes) })
  }

  /// Drives a batch to its end, or as far as `requests` go; waiting takes no time.
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

  @Test("The one span that a collector refuses is dropped, its 99 neighbours are delivered", arguments: 0..<100)
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

  @Test("A span for which a collector fails is found like one that it refuses")
  func oneBadAnswered500() {
    var delivery = Self.batch(100)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    var now = ContinuousClock.now
    let account = drive(&delivery, &policy, now: &now) { spans, _, _ in
      spans.contains(41) ? .retryLater(status: 500, after: nil, reason: "oops") : .delivered
    }
    #expect(account.delivered.sorted() == (0..<100).filter { $0 != 41 })
    #expect(account.dropped == [41])
  }

  @Test("A collector that answers 500 to everything loses us nothing, however long it does")
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

  @Test("A size that was refused once is not tried again with the next batch")
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

  @Test("A span under suspicion asks for company, and is dropped only once that is delivered")
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
    #expect(delivery.needsCompany)
    delivery.add([EncodedSpan(token: 7, bytes: 100..<200)])
    #expect(!delivery.needsCompany)
    let together = drive(&delivery, &policy, now: &now, collector)
    #expect(together == Account(delivered: [1], dropped: [0], requests: 2))
    #expect(delivery.spans[1].token == 7)
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

  @Test("Nothing is settled by an answer that nobody waits for")
  func unexpectedAnswer() {
    var delivery = Self.batch(2)
    var policy = DeliveryPolicy(endpoints: 1, seed: 1)
    #expect(delivery.record(.delivered, now: .now, policy: &policy) == BatchDelivery.Settled())
    #expect(delivery.held == [0..<2])
    var empty = Self.batch(0)
    #expect(empty.next(now: .now, policy: &policy) == .done)
  }
}
