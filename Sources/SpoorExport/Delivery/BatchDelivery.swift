/// The delivery of one batch: which of its spans to send next, and what an answer means for each of them. It has neither
/// thread nor clock nor socket:
///
///     var delivery = BatchDelivery(spans)
///     loop: while true {
///       switch delivery.next(now: .now, policy: &policy) {
///       case .send(let range, let endpoint):
///         encoder.framing.frame(delivery.spans[range], of: buffer.spans, into: &body)
///         let outcome = sender.send(body, contentType: encoder.contentType, to: endpoint)
///         settle(delivery.record(outcome, now: .now, policy: &policy))   // free or drop in the journal, count, log
///       case .wait(let instant): sleep until then, or until something changes; then ask again
///       case .done: break loop
///       }
///     }
///
/// Every span is delivered, dropped, or still held (``held``); none is in two of these.
///
/// - A body answered 400 or 413 is split in two until the span that the collector refuses stands alone; that one is
///   dropped, its neighbours are delivered.
/// - A body answered 500 again and again (some receivers answer a bad span like that) is split as well. A single span is
///   dropped for 500s only if the same collector took another body meanwhile and then refused this one again: a
///   collector that fails altogether loses us nothing.
/// - Everything else is tried again, for ever.
package struct BatchDelivery: Sendable {
  /// All spans that were given, in their order.
  package private(set) var spans: [EncodedSpan]
  /// What is neither delivered nor dropped, the next one to send first.
  private var pieces: [Piece]
  private var sent: Int?

  /// Spans that are sent together. They lie side by side in ``spans``.
  private struct Piece {
    var range: Range<Int>
    /// By endpoint.
    var suspicions: [Int: Suspicion] = [:]
  }

  /// How often an endpoint answered a piece with 500.
  private struct Suspicion {
    var answers: Int
    /// What the endpoint had taken by the first of them.
    let deliveriesBefore: Int
  }

  package init(_ spans: [EncodedSpan]) {
    self.spans = spans
    pieces = spans.isEmpty ? [] : [Piece(range: spans.indices)]
  }

  /// What to do now.
  package enum Step: Sendable, Hashable {
    /// Send these of ``spans`` to this endpoint, then say what came of it: ``record(_:now:policy:)``.
    case send(Range<Int>, endpoint: Int)
    /// No endpoint may be asked before.
    case wait(until: ContinuousClock.Instant)
    /// Nothing is held any more.
    case done
  }

  /// What is settled by an answer. Neither: all is still held.
  package struct Settled: Sendable, Hashable {
    /// Of ``BatchDelivery/spans``: the collector has them.
    package var delivered: Range<Int>?
    package var dropped: Dropped?
  }

  /// A span that no collector will ever take.
  package struct Dropped: Sendable, Hashable {
    /// In ``BatchDelivery/spans``.
    package let index: Int
    /// What the collector answered: 400, 413 or 500.
    package let status: Int
    package let reason: String
  }

  /// What is neither delivered nor dropped, in order.
  package var held: [Range<Int>] { pieces.map(\.range).sorted { $0.lowerBound < $1.lowerBound } }

  /// Whether all that is left are single spans under suspicion of being what the collector cannot stand: only another
  /// span's delivery can tell. Where there are more spans, ``add(_:)`` some; where not, waiting costs nothing.
  package var needsCompany: Bool {
    !pieces.isEmpty
      && pieces.allSatisfy { piece in piece.range.count == 1 && piece.suspicions.values.contains { $0.answers > 0 } }
  }

  /// Adds spans to be sent first.
  package mutating func add(_ more: [EncodedSpan]) {
    precondition(sent == nil, "an answer is outstanding")
    guard !more.isEmpty else { return }
    pieces.insert(Piece(range: spans.count..<spans.count + more.count), at: 0)
    spans += more
  }

  /// What to do now.
  package mutating func next(now: ContinuousClock.Instant, policy: inout DeliveryPolicy) -> Step {
    guard let first = pieces.first else { return .done }
    switch policy.choose(now: now) {
    case .wait(let instant): return .wait(until: instant)
    case .endpoint(let endpoint):
      if first.range.count > 1, byteCount(first.range) > policy.bodyLimit {
        split(first)
        return next(now: now, policy: &policy)
      }
      sent = endpoint
      return .send(first.range, endpoint: endpoint)
    }
  }

  /// Takes note of what came of the last ``Step/send(_:endpoint:)``.
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
    case .rejected(let status, let reason):
      policy.rejected(endpoint, now: now)
      if status == 413, piece.range.count > 1 { policy.tooLarge(bytes: byteCount(piece.range)) }
      if piece.range.count > 1 {
        split(piece)
        return Settled()
      }
      pieces.removeFirst()
      return Settled(dropped: Dropped(index: piece.range.lowerBound, status: status, reason: reason))
    case .retryLater(let status, let after, let reason):
      policy.failed(endpoint, now: now, retryAfter: after)
      guard status == 500, suspect(endpoint, policy) else { return Settled() }
      pieces.removeFirst()
      return Settled(dropped: Dropped(index: piece.range.lowerBound, status: 500, reason: reason))
    }
  }

  /// The first piece was answered 500. Says whether its span is to be dropped.
  private mutating func suspect(_ endpoint: Int, _ policy: DeliveryPolicy) -> Bool {
    var piece = pieces[0]
    var suspicion =
      piece.suspicions[endpoint] ?? Suspicion(answers: 0, deliveriesBefore: policy.deliveries(endpoint))
    suspicion.answers += 1
    piece.suspicions[endpoint] = suspicion
    let attempts = policy.settings.attemptsBeforeIsolation
    if piece.range.count > 1 {
      pieces[0] = piece
      if suspicion.answers >= attempts { split(piece) }
      return false
    }
    // A collector that fails now and then must hit the same span very often before that looks like the span's fault.
    if suspicion.answers > 2 * attempts, policy.deliveries(endpoint) > suspicion.deliveriesBefore { return true }
    // The others first: one of them being taken is what tells.
    pieces.removeFirst()
    pieces.append(piece)
    return false
  }

  /// Puts two halves in place of the first piece. They inherit the suspicion but for one attempt; a single span begins
  /// to count anew.
  private mutating func split(_ piece: Piece) {
    let middle = piece.range.lowerBound + piece.range.count / 2
    let halves = [piece.range.lowerBound..<middle, middle..<piece.range.upperBound].map { range in
      Piece(
        range: range,
        suspicions: piece.suspicions.mapValues {
          Suspicion(answers: range.count == 1 ? 0 : $0.answers - 1, deliveriesBefore: $0.deliveriesBefore)
        })
    }
    pieces.replaceSubrange(0..<1, with: halves)
  }

  private func byteCount(_ range: Range<Int>) -> Int {
    spans[range].reduce(0) { $0 + $1.bytes.count }
  }
}

/// A span that is ready to be sent.
package struct EncodedSpan: Sendable, Hashable {
  /// Whatever tells who gave it which record this is: the slot, for the journal.
  package let token: UInt64
  /// Where it lies in ``EncodeBuffer/spans``.
  package let bytes: Range<Int>

  package init(token: UInt64, bytes: Range<Int>) {
    self.token = token
    self.bytes = bytes
  }
}
