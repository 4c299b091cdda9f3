// SPDX-License-Identifier: Apache-2.0

/// The delivery of one batch: which of its spans to send next, and what an answer means for each of them. It has
/// neither thread nor clock nor socket:
///
///     var delivery = BatchDelivery(spans)
///     loop: while true {
///       switch delivery.next(now: .now, policy: &policy) {
///       case .send(let range, let endpoint):
///         format.frame([ResourceRun(resource, delivery.records[range])], of: buffer.records, into: &body)
///         let outcome = sender.send(body, as: format, to: endpoint)
///         settle(delivery.record(outcome, now: .now, policy: &policy))   // free or drop in the journal, count, log
///       case .wait(let instant): sleep until then, or until something changes; then ask again
///       case .done: break loop
///       }
///     }
///
/// Every span is delivered, dropped, or still held (``held``); none is in two of these.
///
/// A body that fails repeatedly (with any status, a closed connection or no response) is split in two until the span
/// that causes it is isolated. The other spans are delivered meanwhile, and the isolated one is retried between them
/// with its own back-off. It is dropped only if the collector accepted other bodies before each of its refusals, so a
/// collector, firewall or proxy that refuses everything causes no loss.
///
/// - 400 and 413 mean that the body is at fault: it is split at once, and a single span is dropped at its first refusal
///   after another body was accepted.
/// - Other statuses from 400 to 499 are split after two tries, and a single span is dropped after three visits. 408,
///   425 and 429 are not about the body and follow the next rule.
/// - Everything else is split after ``DeliverySettings/attemptsBeforeIsolation`` tries, and a single span is dropped
///   after twice as many visits, each of them after another body was accepted. A visit is two tries in a row, so that a
///   collector that fails every other request causes no loss.
/// - If none of several bodies is accepted, each one that fails after as many tries is split at once, so that a body
///   without a bad span is found within minutes if bad spans lie between good ones. Good spans behind a long run of bad
///   ones wait until these have been tried one by one.
/// - A failed connection does not count, because the collector has not seen the body.
package struct BatchDelivery: Sendable {
  /// All spans that were given, in their order.
  package private(set) var records: [EncodedRecord]
  /// What is neither delivered nor dropped, the next one to send first.
  private var pieces: [Piece]
  private var sent: Int?

  /// Records that are sent together. They lie side by side in ``records``.
  private struct Piece {
    var range: Range<Int>
    /// The suspicion against the piece, by endpoint.
    var suspicions: [Int: Suspicion] = [:]
    /// The piece's own back-off: until then other pieces are sent first.
    var notBefore: ContinuousClock.Instant?

    var isSuspected: Bool { suspicions.values.contains { $0.answers > 0 } }
  }

  /// The failures of a piece at one endpoint.
  private struct Suspicion {
    /// Failures since the suspicion began.
    var answers = 0
    /// Visits that failed although the endpoint had accepted another body since the previous visit.
    var visits = 0
    /// The number of bodies that the endpoint had accepted before the first failure.
    let deliveriesBefore: Int
    /// The number of bodies that it had accepted at the last failed visit.
    var deliveriesAtVisit: Int

    init(deliveries: Int) {
      deliveriesBefore = deliveries
      deliveriesAtVisit = deliveries
    }
  }

  /// The longest pause between two visits of a suspected piece.
  private static let longestPause: Duration = .seconds(4)

  package init(_ records: [EncodedRecord]) {
    self.records = records
    pieces = records.isEmpty ? [] : [Piece(range: records.indices)]
  }

  /// What to do now.
  package enum Step: Sendable, Hashable {
    /// Send this range of ``records`` to this endpoint, then report the outcome with ``record(_:now:policy:)``.
    case send(Range<Int>, endpoint: Int)
    /// No endpoint may be tried before this instant.
    case wait(until: ContinuousClock.Instant)
    /// All spans are settled.
    case done
  }

  /// The spans that a response settled. With neither member set, all are still held.
  package struct Settled: Sendable, Hashable {
    /// The range of ``BatchDelivery/records`` that the collector has.
    package var delivered: Range<Int>?
    /// How many of ``delivered`` the collector refused in its answer, without saying which. They are not sent again.
    package var refused = 0
    /// What the collector said about them, or a warning.
    package var message = ""
    package var dropped: Dropped?
  }

  /// A span that the collector refuses for good.
  package struct Dropped: Sendable, Hashable {
    /// The index in ``BatchDelivery/records``.
    package let index: Int
    /// The status of the response; nil if the collector closed the connection or did not respond.
    package let status: Int?
    package let reason: String
  }

  /// The ranges of spans that are neither delivered nor dropped, in order.
  package var held: [Range<Int>] { pieces.map(\.range).sorted { $0.lowerBound < $1.lowerBound } }

  /// Whether all remaining spans are suspected. Only the delivery of another body can show whether they are at fault.
  /// If there are more spans, ``add(_:)`` some, which also keeps them from being held up.
  package var needsCompany: Bool {
    !pieces.isEmpty && pieces.allSatisfy { $0.isSuspected && ($0.range.count == 1 || $0.notBefore != nil) }
  }

  /// Adds spans to be sent first.
  package mutating func add(_ more: [EncodedRecord]) {
    precondition(sent == nil, "an answer is outstanding")
    guard !more.isEmpty else { return }
    pieces.insert(Piece(range: records.count..<records.count + more.count), at: 0)
    records += more
  }

  /// Removes the settled records. `move` is called for each record that is still held, in the order of ``records``, and
  /// returns it with the new range of its bytes.
  package mutating func removeSettled(_ move: (EncodedRecord) -> EncodedRecord) {
    precondition(sent == nil, "an answer is outstanding")
    var kept: [EncodedRecord] = []
    let order = pieces.indices.sorted { pieces[$0].range.lowerBound < pieces[$1].range.lowerBound }
    for index in order {
      let start = kept.count
      kept += records[pieces[index].range].map(move)
      pieces[index].range = start..<kept.count
    }
    records = kept
  }

  /// Ends the pauses of suspects, for the last attempts before the process ends.
  package mutating func retryAtOnce() {
    for index in pieces.indices { pieces[index].notBefore = nil }
  }

  /// What to do now.
  package mutating func next(now: ContinuousClock.Instant, policy: inout DeliveryPolicy) -> Step {
    guard !pieces.isEmpty else { return .done }
    switch policy.choose(now: now) {
    case .wait(let instant): return .wait(until: instant)
    case .endpoint(let endpoint):
      guard let due = pieces.firstIndex(where: { $0.notBefore.map { $0 <= now } ?? true }) else {
        return .wait(until: pieces.compactMap(\.notBefore).min() ?? now)
      }
      if due > 0 { pieces.insert(pieces.remove(at: due), at: 0) }
      let first = pieces[0]
      if first.range.count > 1, byteCount(first.range) > policy.bodyLimit {
        split(first)
        return next(now: now, policy: &policy)
      }
      sent = endpoint
      return .send(first.range, endpoint: endpoint)
    }
  }

  /// Notes the outcome of the last ``Step/send(_:endpoint:)``.
  package mutating func record(
    _ outcome: SendOutcome, now: ContinuousClock.Instant, policy: inout DeliveryPolicy
  ) -> Settled {
    guard let endpoint = sent, let piece = pieces.first else { return Settled() }
    sent = nil
    switch outcome {
    case .delivered:
      policy.delivered(endpoint)
      pieces.removeFirst()
      return Settled(delivered: piece.range)
    case .partlyDelivered(let acceptance):
      policy.delivered(endpoint)
      pieces.removeFirst()
      return Settled(
        delivered: piece.range, refused: min(max(acceptance.rejected, 0), piece.range.count),
        message: acceptance.message)
    case .rejected(let status, let reason):
      policy.rejected(endpoint, now: now)
      if status == 413, piece.range.count > 1 { policy.tooLarge(bytes: byteCount(piece.range)) }
      return suspect(endpoint, policy, .body, now) ? drop(status, reason) : Settled()
    case .retryLater(let status, let after, let reason):
      let isAboutBody = status.map { (400...499).contains($0) && ![408, 425, 429].contains($0) } ?? false
      let suspicion = piece.suspicions[endpoint]
      // Others were accepted meanwhile, so only this piece has to wait, unless the collector asks for a pause.
      let isAlone = suspicion.map { policy.deliveries(endpoint) > $0.deliveriesBefore } ?? false
      // Who asks for a pause says nothing about the body.
      let asksForPause = status == 429 || (after != nil && suspicion?.visits ?? 0 == 0)
      if asksForPause {
        policy.failed(endpoint, now: now, retryAfter: after)
      } else {
        policy.failedAnswer(endpoint, records: piece.range.count, now: now, pauses: !isAlone)
      }
      return suspect(endpoint, policy, isAboutBody ? .perhapsBody : .anything, now, asksForPause: asksForPause)
        ? drop(status, reason) : Settled()
    case .unreachable:
      policy.failed(endpoint, now: now, retryAfter: nil)
      return Settled()
    }
  }

  private mutating func drop(_ status: Int?, _ reason: String) -> Settled {
    let piece = pieces.removeFirst()
    return Settled(dropped: Dropped(index: piece.range.lowerBound, status: status, reason: reason))
  }

  /// The possible cause of a failure.
  private enum Subject { case body, perhapsBody, anything }

  /// The first piece has failed. Returns whether its span is to be dropped.
  private mutating func suspect(
    _ endpoint: Int, _ policy: DeliveryPolicy, _ subject: Subject, _ now: ContinuousClock.Instant,
    asksForPause: Bool = false
  ) -> Bool {
    let attempts = policy.settings.attemptsBeforeIsolation
    let deliveries = policy.deliveries(endpoint)
    var piece = pieces[0]
    var suspicion = piece.suspicions[endpoint] ?? Suspicion(deliveries: deliveries)
    suspicion.answers += 1
    let isWatched = deliveries > suspicion.deliveriesBefore
    guard piece.range.count == 1 else {
      piece.suspicions[endpoint] = suspicion
      pieces[0] = piece
      let limit =
        switch subject {
        case .body: 1
        case .perhapsBody: min(2, attempts)
        case .anything: attempts
        }
      // The others have been tried before it again, and none was taken: smaller bodies are the way to find one that is.
      let isStuck = !asksForPause && policy.failedAnswers(endpoint) >= attempts
      if suspicion.answers >= limit || isStuck {
        split(piece)
      } else if isWatched {
        postpone(piece, suspicion.answers, policy, now)
      } else {
        // The others are tried before it again: one that is taken tells that it is this piece's fault.
        pieces.append(pieces.removeFirst())
      }
      return false
    }
    let isWholeVisit = subject == .body || suspicion.answers % 2 == 0
    // A refusal is evidence no matter how long ago the other body was accepted; a failure may have another reason by
    // now.
    let isEvidence = subject == .anything ? deliveries > suspicion.deliveriesAtVisit : isWatched
    if isWholeVisit, isEvidence {
      suspicion.visits += 1
      suspicion.deliveriesAtVisit = deliveries
    }
    piece.suspicions[endpoint] = suspicion
    let limit =
      switch subject {
      case .body: 1
      case .perhapsBody: 3
      case .anything: 2 * attempts
      }
    if suspicion.visits >= limit { return true }
    pieces[0] = piece
    guard isWholeVisit else { return false }
    // The others go first, because the delivery of one of them is the evidence.
    if isWatched {
      postpone(piece, suspicion.visits, policy, now)
    } else {
      pieces.removeFirst()
      pieces.append(piece)
    }
    return false
  }

  /// Moves the first piece behind the others, with its own back-off.
  private mutating func postpone(
    _ piece: Piece, _ count: Int, _ policy: DeliveryPolicy, _ now: ContinuousClock.Instant
  ) {
    var piece = piece
    let pause = policy.settings.initialDelay * (1 << min(max(count - 1, 0), 20))
    piece.notBefore = now + min(pause, Self.longestPause)
    pieces.removeFirst()
    pieces.append(piece)
  }

  /// Replaces the first piece by two halves. They inherit the suspicion minus one attempt; for a single span the count
  /// restarts.
  private mutating func split(_ piece: Piece) {
    let middle = piece.range.lowerBound + piece.range.count / 2
    let halves = [piece.range.lowerBound..<middle, middle..<piece.range.upperBound].map { range in
      Piece(
        range: range,
        suspicions: piece.suspicions.mapValues {
          var suspicion = $0
          suspicion.answers = range.count == 1 ? 0 : max($0.answers - 1, 0)
          suspicion.deliveriesAtVisit = $0.deliveriesBefore
          return suspicion
        })
    }
    pieces.replaceSubrange(0..<1, with: halves)
  }

  private func byteCount(_ range: Range<Int>) -> Int {
    records[range].reduce(0) { $0 + $1.bytes.count }
  }
}
