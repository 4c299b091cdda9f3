// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
import SpoorBase
import SpoorJournal

/// Fills batches, and frees the slots of settled spans.
extension Shipper: BatchOwner {
  var bell: Bell { control.bell }
  var stopBy: ContinuousClock.Instant? { control.stopBy }
  var flushes: UInt64 { control.flushes }
  var isSafe: Bool { journal.isKept }

  /// The current size of a batch in bytes.
  var batchBytes: Int { sender?.batchBytes ?? settings.batchBytes }

  func frame(_ records: ArraySlice<EncodedRecord>, as format: any BodyFormat, into body: inout GrowingBytes) {
    let runs = ResourceRun.runs(of: records) { number in
      // The file of a span that is not settled is still in hand.
      number == 0 ? resource : adopted.resource(number) ?? resource
    }
    format.frame(runs, of: buffer.records, into: &body)
  }

  func answered(records: Int, bytes: Int, latency: Duration, failure: String?) {
    sharing.fanOut?.note(sharing.exporter, isFailing: failure != nil)
    report(.answered(spans: records, bytes: bytes, latency: latency, failure: failure))
  }

  func settle(_ settled: BatchDelivery.Settled, _ records: [EncodedRecord]) {
    if let delivered = settled.delivered {
      // The response does not name the refused spans.
      let refused = delivered.prefix(settled.refused)
      free(records[refused], .rejected)
      free(records[delivered.dropFirst(settled.refused)], .delivered)
      if settled.refused > 0 || !settled.message.isEmpty {
        report(.partlyAccepted(refused: settled.refused, message: settled.message))
      }
    }
    if let dropped = settled.dropped {
      free(records[dropped.index...dropped.index], .rejected)
      report(.rejected(status: dropped.status, reason: dropped.reason))
    }
  }

  private func free(_ records: ArraySlice<EncodedRecord>, _ delivery: Journal.Delivery) {
    var own = FreedSlots()
    var shared: [UInt32] = []
    for record in records {
      if AdoptedSpans.isForeign(record.token) {
        settleAdopted(record.token, delivery)
      } else if sharing.fanOut != nil {
        shared.append(UInt32(truncatingIfNeeded: record.token))
      } else {
        journal.free(UInt32(truncatingIfNeeded: record.token), delivery, with: &own)
      }
    }
    journal.give(&own)
    if let fanOut = sharing.fanOut, !shared.isEmpty { fanOut.settle(shared, delivery) }
  }

  /// Frees a span of our own that cannot be encoded.
  private func free(_ index: UInt32, _ delivery: Journal.Delivery) {
    if let fanOut = sharing.fanOut { fanOut.settle([index], delivery) } else { journal.free(index, delivery) }
  }

  private func settleAdopted(_ token: UInt64, _ delivery: Journal.Delivery) {
    switch adopted.settle(token, delivery) {
    case .delivered: journal.add(to: .adoptedDelivered)
    case .unusable: journal.add(to: .adoptedUnusable)
    case .rejected, .behind, .afterShutdown: journal.add(to: .adoptedRejected)
    case nil: break
    }
  }

  /// Puts a span aside if its stack has no names yet. Returns whether it did.
  func putAside(_ index: UInt32) -> Bool {
    guard let names, !goesWithoutNames else { return false }
    let addresses = journal.withFinished(index) { record in
      record.fields.flatMap { field -> [UInt64] in
        switch field.kind {
        case .attribute: Self.addresses(field)
        // A failure's stack is in its event if the configured names are OpenTelemetry's.
        case .event: field.nestedFields(after: 8).flatMap { Self.addresses($0) }
        default: []
        }
      }
    }
    guard !addresses.isEmpty, !names.areKnown(addresses) else { return false }
    nameless.add(index, addresses, patience: names.patience)
    return true
  }

  static func addresses(_ field: RecordField) -> [UInt64] {
    guard field.type == .addresses else { return [] }
    return unsafe (0..<field.value.count / 8).map { field.word($0) }
  }

  /// Encodes until a batch is full, spans of dead processes first because they are older. If somebody waits for our own
  /// spans, these are first, because those of dead processes are safe in their files.
  func encode(into spans: inout [EncodedRecord]) {
    if !flushMarks.isEmpty || control.stopBy != nil {
      encodeQueue(until: batchBytes, atMost: .max, &buffer, into: &spans)
    }
    while buffer.records.count < batchBytes, adopted.hasMore {
      if let span = encodeNextOfOthers() { spans.append(span) }
    }
    adopted.endReading()
    encodeQueue(until: batchBytes, atMost: .max, &buffer, into: &spans)
    if let names { nameless.ask(names) { [control] in control.namesAreThere() } }
  }

  /// Encodes spans that have been open for too long, once and in their current state. These copies hold no slot; if
  /// they are not sent before the process ends, the next start reports the spans as interrupted.
  func encodeOpenSpans(into spans: inout [EncodedRecord]) {
    guard sender != nil, sharing.exporter == 0, let age = settings.openSpanAge, nextLookAtOpenSpans <= .now else {
      return
    }
    nextLookAtOpenSpans = .now + min(max(age / 10, .milliseconds(10)), .seconds(60))
    let now = spoor_monotonic_ns()
    guard age.nanoseconds < now else { return }
    let count = journal.reportOpenSpans(startedBefore: now - age.nanoseconds) { record in
      guard encoder.reportsOpenSpans else { return report(.openSpan(OpenSpan(record))) }
      guard let bytes = encoder.encodeSpan(record, resource: resource, into: &buffer) else { return }
      spans.append(EncodedRecord(token: AdoptedSpans.unowned, bytes: bytes))
    }
    if count > 0 { report(.openSpansReported(count)) }
  }

  /// Takes the next span of a dead process; nil if its record cannot be a span, or cannot be read now.
  func encodeNextOfOthers() -> EncodedRecord? {
    guard let (token, dead, entry, style, resource) = adopted.next() else { return nil }
    let reading: DeadJournal.Reading<Range<Int>?> = dead.read(entry, adding: style.attributes(of: entry)) { record in
      style.encoder.encodeSpan(record, resource: resource, into: &buffer)
    }
    if case .later(let code) = reading {
      adopted.postpone(token, until: .now + settings.adoptionInterval)
      report(.fileUnreadable(name: dead.fileName, code: code))
      return nil
    }
    if let bytes = reading.value.flatMap({ $0 }) {
      return EncodedRecord(token: token, bytes: bytes, resource: AdoptedSpans.resource(token))
    }
    settleAdopted(token, .unusable)
    report(.unusable)
    return nil
  }

  /// Encodes our own spans up to a number of bytes or spans. The buffer is passed in, because Swift checks each access
  /// to a stored property.
  func encodeQueue(
    until byteCount: Int, atMost limit: Int, _ buffer: inout EncodeBuffer, into spans: inout [EncodedRecord]
  ) {
    let queue = queue
    var position = queueStart
    var left = limit
    while position < queue.count, left > 0, buffer.records.count < byteCount {
      let index = queue[position]
      position += 1
      left -= 1
      if looksForStacks, putAside(index) { continue }
      let later = queue[min(position + 4, queue.count - 1)]
      let bytes = journal.encodeFinished(index, before: later) {
        encoder.encodeSpan($0, resource: resource, into: &buffer)
      }
      if let bytes {
        spans.append(EncodedRecord(token: UInt64(index), bytes: bytes))
      } else {
        free(index, .unusable)
        report(.unusable)
      }
    }
    queueStart = position
  }

  /// Adds the spans that have finished meanwhile to a delivery that suspected spans hold up. The others must not wait
  /// for them, and only the delivery of others shows whether the suspects are at fault.
  func addCompany(to delivery: inout BatchDelivery) {
    collect()
    compact(&delivery)
    var more: [EncodedRecord] = []
    let end = buffer.records.count + settings.batchBytes
    while buffer.records.count < end, adopted.hasMore {
      if let span = encodeNextOfOthers() { more.append(span) }
    }
    adopted.endReading()
    encodeQueue(until: end, atMost: .max, &buffer, into: &more)
    delivery.add(more)
  }

  /// Removes the bytes of settled spans once they take more room than a batch.
  func compact(_ delivery: inout BatchDelivery) {
    guard buffer.records.count > 2 * settings.batchBytes else { return }
    var old = EncodeBuffer()
    swap(&old, &buffer)
    delivery.removeSettled { span in
      let start = buffer.records.count
      buffer.records.append(span.bytes, of: old.records)
      return EncodedRecord(token: span.token, bytes: start..<buffer.records.count, resource: span.resource)
    }
  }

  /// Frees memory once batches have their smallest size again.
  func releaseLargeBuffers() {
    guard let sender, sender.isAtLeast else {
      hasLargeBuffers = true
      return
    }
    guard hasLargeBuffers else { return }
    hasLargeBuffers = false
    buffer = EncodeBuffer()
    sender.releaseBody()
  }
}
