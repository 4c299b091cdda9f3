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
}
