// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorExport
import SpoorJournal
import Testing

/// A delivery of a hundred spans over real sockets. Injected time passes only when the delivery waits.
final class Consignment {
  static let count = 100

  private let encoder: ZipkinJSONEncoder
  private let sender: CurlSender
  private var buffer: EncodeBuffer
  private var body = GrowingBytes()
  private(set) var delivery: BatchDelivery
  private var policy: DeliveryPolicy
  private var now = ContinuousClock.now

  private(set) var delivered: Set<Int> = []
  private(set) var dropped: [Int: BatchDelivery.Dropped] = [:]
  private(set) var waits: [Duration] = []
  private(set) var endpoints: [Int] = []
  private(set) var outcomes: [SendOutcome] = []

  /// The hexadecimal id of the span at `index`.
  static func id(_ index: Int) -> String {
    let digits = String(index + 1, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  init(_ urls: [String]) throws {
    var settings = CurlSettings(endpoints: try urls.map { try CollectorEndpoint($0) })
    settings.proxy = .off
    settings.timeout = .milliseconds(300)
    sender = try CurlSender(settings: settings)
    SignalMask.blockWriteSignals()
    let encoder = ZipkinJSONEncoder()
    self.encoder = encoder
    var spans: [EncodedRecord] = []
    var buffer = EncodeBuffer()
    for index in 0..<Self.count {
      var recorded = Recorded().with { $0.spanID = UInt64(index + 1) }
      recorded.name("span \(index)")
      let range = recorded.withRecord { encoder.encodeSpan($0, resource: recorded.resource, into: &buffer) }
      spans.append(EncodedRecord(token: UInt64(index), bytes: try #require(range)))
    }
    self.buffer = buffer
    delivery = BatchDelivery(spans)
    policy = DeliveryPolicy(endpoints: urls.count, seed: 7)
  }

  var held: [Int] { delivery.held.flatMap(Array.init) }

  /// Sends until nothing is left, or until the given number of requests.
  func run(requests: Int = 500) {
    var left = requests
    while left > 0 {
      switch delivery.next(now: now, policy: &policy) {
      case .done: return
      case .wait(let instant):
        waits.append(instant - now)
        now = instant
      case .send(let range, let endpoint):
        left -= 1
        endpoints.append(endpoint)
        encoder.frame(delivery.records[range], of: encoder.prepare(Recorded().resource), buffer.records, into: &body)
        let outcome = sender.send(body, as: encoder, to: endpoint)
        outcomes.append(outcome)
        let settled = delivery.record(outcome, now: now, policy: &policy)
        for index in settled.delivered ?? 0..<0 { #expect(delivered.insert(index).inserted) }
        if let drop = settled.dropped { #expect(dropped.updateValue(drop, forKey: drop.index) == nil) }
      }
    }
  }

  /// Checks that each span is in one place, and that the collector has exactly those that count as delivered.
  func expectAccounted(_ collector: Collector, _ location: SourceLocation = #_sourceLocation) {
    let all = Array(delivered) + dropped.keys + held
    #expect(all.sorted() == Array(0..<Self.count), sourceLocation: location)
    #expect(collector.accepted == Set(delivered.map(Self.id)), sourceLocation: location)
  }
}
