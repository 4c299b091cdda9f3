// SPDX-License-Identifier: Apache-2.0

import SpoorBase

/// The owner of the batches that a ``BatchSender`` sends. Its members are called on the sending thread.
protocol BatchOwner: AnyObject {
  /// Rings when something changes that ends a wait.
  var bell: Bell { get }
  /// When the sending must end; nil if no shutdown has begun.
  var stopBy: ContinuousClock.Instant? { get }
  /// The number of flushes that callers have asked for.
  var flushes: UInt64 { get }
  /// Whether records that are not sent before the process ends are safe in a file.
  var isSafe: Bool { get }
  /// Replaces `body` with a request body of some records of a delivery.
  func frame(_ records: ArraySlice<EncodedRecord>, as format: any BodyFormat, into body: inout GrowingBytes)
  /// Adds records that have arrived meanwhile to a delivery that needs the answer to other records: see
  /// ``BatchDelivery/needsCompany``.
  func addCompany(to delivery: inout BatchDelivery)
  /// Some records are delivered or dropped.
  func settle(_ settled: BatchDelivery.Settled, _ records: [EncodedRecord])
  /// A request was answered, or failed.
  func answered(records: Int, bytes: Int, latency: Duration, failure: String?)
  /// Called about once a second while nothing can be sent.
  func tick()
}

/// Sends the batches of one exporter, one after the other: its connection, its pauses, and the size of its batches.
///
/// It belongs to one thread.
final class BatchSender {
  let format: any BodyFormat
  /// Why the last request failed; nil if it succeeded.
  private(set) var lastFailure: String?
  private let sender: CurlSender
  private var policy: DeliveryPolicy
  private var pace: BatchPace
  private var body = GrowingBytes()
  private let timeout: Duration
  private let leastBytes: Int

  /// - Parameter leastBytes: the size of a batch for a fast collector.
  /// - Throws: ``InvalidSenderSetting`` for an invalid setting.
  init(
    _ format: any BodyFormat, curl: CurlSettings, leastBytes: Int, settings: DeliverySettings, seed: UInt64,
    shouldStop: @escaping () -> Bool
  ) throws(InvalidSenderSetting) {
    self.format = format
    sender = try CurlSender(settings: curl, shouldStop: shouldStop)
    policy = DeliveryPolicy(endpoints: curl.endpoints.count, settings: settings, seed: seed)
    pace = BatchPace(least: leastBytes)
    timeout = curl.timeout
    self.leastBytes = leastBytes
  }

  /// The size of a batch now, in bytes of encoded records.
  var batchBytes: Int { min(pace.bytes, max(policy.bodyLimit, leastBytes)) }

  /// Whether batches have their smallest size, so that large buffers are not needed.
  var isAtLeast: Bool { pace.isLeast }

  /// Frees the body's memory.
  func releaseBody() { body = GrowingBytes() }

  /// Sends a batch until each of its records is settled. Returns false if the time ended before; `records` then holds
  /// the remaining ones.
  func send(_ records: inout [EncodedRecord], for owner: some BatchOwner) -> Bool {
    var delivery = BatchDelivery(records)
    var isInAHurry = false
    var flushes = owner.flushes
    var lastFlush = ContinuousClock.now
    while true {
      let rings = owner.bell.count
      let stopBy = owner.stopBy
      if stopBy != nil {
        policy.retryAtOnce()
        if !isInAHurry { delivery.retryAtOnce() }
        isInAHurry = true
      }
      if let stopBy, stopBy <= .now { break }
      // Records in a file are safe there, so a collector that fails now is left to the next start.
      let isSafe = stopBy != nil && owner.isSafe
      switch delivery.next(now: .now, policy: &policy) {
      case .done:
        records.removeAll(keepingCapacity: true)
        return true
      case .wait where isSafe:
        records = delivery.held.flatMap { delivery.records[$0] }
        return false
      case .wait(let instant):
        owner.tick()
        // A flush is a reason for one try, but not for more than one in a second.
        if owner.flushes != flushes, lastFlush + .seconds(1) <= .now {
          (flushes, lastFlush) = (owner.flushes, .now)
          if policy.tryNow() { continue }
        }
        // Spans that finish do not shorten the back-off.
        let until = min(instant, stopBy ?? instant, .now + .seconds(1))
        owner.bell.wait(after: rings, nanoseconds: max((until - .now).nanoseconds, 1_000_000))
        if delivery.needsCompany { owner.addCompany(to: &delivery) }
      case .send(let range, let endpoint):
        owner.frame(delivery.records[range], as: format, into: &body)
        let outcome = request(to: endpoint, stopBy: stopBy, isSafe: isSafe, owner) { outcome in
          delivery.record(outcome, now: .now, policy: &policy)
        }
        owner.settle(outcome, delivery.records)
      }
    }
    records = delivery.held.flatMap { delivery.records[$0] }
    return false
  }

  private func request(
    to endpoint: Int, stopBy: ContinuousClock.Instant?, isSafe: Bool, _ owner: some BatchOwner,
    _ record: (SendOutcome) -> BatchDelivery.Settled
  ) -> BatchDelivery.Settled {
    let began = ContinuousClock.now
    var limit = stopBy.map { $0 - began }
    if isSafe, lastFailure != nil { limit = limit.map { min($0, .seconds(1)) } }
    let outcome = sender.send(body, as: format, to: endpoint, timeout: limit)
    let settled = record(outcome)
    let latency = ContinuousClock.now - began
    var failure: String?
    switch outcome {
    case .delivered, .partlyDelivered:
      pace.delivered(bytes: body.count, in: latency, timeout: timeout)
      lastFailure = nil
    case .rejected(_, let reason), .retryLater(_, _, let reason), .unreachable(let reason):
      pace.failed()
      failure = reason
      // A request that our own timeout cut off says nothing about the collector.
      if lastFailure == nil || owner.stopBy.map({ $0 > .now }) ?? true { lastFailure = reason }
    }
    let records = (settled.delivered?.count ?? 0) - settled.refused
    owner.answered(records: records, bytes: body.count, latency: latency, failure: failure)
    return settled
  }
}
