// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// The part of one request that belongs to one trace, or its log records without a trace's id, prepared for the store
/// off its writer's thread.
struct TracePiece: Sendable {
  /// One span of the piece.
  struct Member: Sendable {
    let key: SpanKey
    /// The span as an element of a list of ``StoredSpans``, within ``TracePiece/body``.
    let range: Range<Int>
    /// The place of its origin in ``TracePiece/origins``; `nil` for a span of Zipkin's.
    let origin: Int?
    let call: OperationCall
  }

  /// `nil` for log records without one.
  let traceID: ZipkinTraceID?
  /// The spans as elements of ``StoredSpans``, which is what the store keeps, without origins.
  private(set) var body: [UInt8] = []
  /// Where spans that came by OTLP are from.
  private(set) var origins: [OTLPOrigin] = []
  private(set) var members: [Member] = []
  /// The root's start in microseconds since 1970; `nil` if the piece has no root, or one without a start.
  private(set) var rootStart: Int64?
  private(set) var first: Int64?
  private(set) var last: Int64?
  /// The longest span in microseconds.
  private(set) var longest: Int64 = 0
  private(set) var root: Operation?
  /// Pairs of a service and another service that it called or that called it.
  private(set) var remotes: Set<Operation> = []
  private(set) var signature = Signature()
  private(set) var trigrams = Trigrams()
  private(set) var logs: [LogLine] = []

  /// The number of spans, repeated ones included.
  var spans: Int { members.count }

  /// An estimate of its size in memory, in bytes.
  var memoryCost: Int {
    512 + body.count + trigrams.memoryCost + origins.reduce(0) { $0 + $1.size } + members.count
      * (MemoryLayout<Member>.stride + 64)
      + logs.reduce(0) { $0 + $1.json.count * 3 + 128 }
  }

  init(_ traceID: ZipkinTraceID?) { self.traceID = traceID }

  /// Sorts spans into one piece for each trace id.
  static func pieces(of spans: [ZipkinSpan]) -> [TracePiece] {
    sorted(spans, by: { $0.traceID }, add: { $0.add($1) })
  }

  /// Sorts log records into one piece for each trace id, and one for records without one.
  static func pieces(of logs: [LogLine]) -> [TracePiece] {
    sorted(logs, by: { $0.traceID }, add: { $0.add($1) })
  }

  private static func sorted<Element>(
    _ elements: [Element], by traceID: (Element) -> ZipkinTraceID?, add: (inout TracePiece, Element) -> Void
  ) -> [TracePiece] {
    var pieces: [TracePiece] = []
    var places: [ZipkinTraceID?: Int] = [:]
    for element in elements {
      let id = traceID(element)
      let place = places[id] ?? pieces.count
      if place == pieces.count {
        places[id] = place
        pieces.append(TracePiece(id))
      }
      add(&pieces[place], element)
    }
    return pieces
  }

  private mutating func add(_ span: ZipkinSpan) {
    let begin = body.count
    StoredSpans.append(span, to: &body)
    let call = OperationCall(span)
    if let origin = span.otlp?.origin, origins.last != origin { origins.append(origin) }
    members.append(
      Member(
        key: SpanKey(span, encoded: body[begin...]), range: begin..<body.count,
        origin: span.otlp == nil ? nil : origins.count - 1, call: call))
    if let timestamp = span.timestamp {
      first = min(first ?? timestamp, timestamp)
      last = max(last ?? timestamp, span.end ?? timestamp)
      if span.parentID == nil { rootStart = min(rootStart ?? timestamp, timestamp) }
    }
    if span.parentID == nil, !span.shared { root = call.operation }
    longest = max(longest, call.duration)
    if let service = span.serviceName, let remote = span.remoteEndpoint?.serviceName {
      remotes.insert(Operation(service: service, name: remote))
    }
    for tag in span.tags { signature.insert(key: tag.key, value: tag.value) }
    for annotation in span.annotations { signature.insert(word: annotation.value) }
    TraceTexts.insert(span, into: &trigrams)
  }

  private mutating func add(_ line: LogLine) {
    logs.append(line)
    for (key, value) in line.words { signature.insert(key: key, value: value) }
    // A search also finds an event by its name alone.
    if let event = line.words["event"] { signature.insert(word: event) }
    if line.hasNestedFields { signature.formUnion(.nested) }
    if traceID != nil { trigrams.insert(line.json) }
  }
}
