import SpoorModel

/// What one request says about one trace, made ready for the store off its writer's thread.
struct TracePiece: Sendable {
  let traceID: ZipkinTraceID
  /// The spans as an element sequence of Zipkin's proto3 list, which is what the store keeps.
  private(set) var body: [UInt8] = []
  private(set) var spans = 0
  private(set) var errors = 0
  /// The root's start in microseconds since 1970; `nil` where the piece has no root or that has no start.
  private(set) var rootStart: Int64?
  private(set) var first: Int64?
  private(set) var last: Int64?
  /// The longest span in microseconds.
  private(set) var longest: Int64 = 0
  private(set) var root: Operation?
  private(set) var calls: [OperationCall] = []
  /// Pairs of a service and one that it called or was called by.
  private(set) var remotes: Set<Operation> = []
  private(set) var signature = Signature()
  private(set) var logs: [LogLine] = []

  init(_ traceID: ZipkinTraceID) { self.traceID = traceID }

  /// Spans sorted into pieces by the lower half of their trace ids: a 64-bit tracer in the middle keeps only that.
  static func pieces(of spans: [ZipkinSpan]) -> [TracePiece] {
    var pieces: [TracePiece] = []
    var places: [UInt64: Int] = [:]
    for span in spans {
      let place = places[span.traceID.low] ?? pieces.count
      if place == pieces.count {
        places[span.traceID.low] = place
        pieces.append(TracePiece(span.traceID))
      }
      pieces[place].add(span)
    }
    return pieces
  }

  /// Log records sorted into pieces; those without a trace's id are left out.
  static func pieces(of logs: [LogLine]) -> [TracePiece] {
    var pieces: [TracePiece] = []
    var places: [UInt64: Int] = [:]
    for line in logs {
      guard let traceID = line.traceID else { continue }
      let place = places[traceID.low] ?? pieces.count
      if place == pieces.count {
        places[traceID.low] = place
        pieces.append(TracePiece(traceID))
      }
      pieces[place].add(line)
    }
    return pieces
  }

  private mutating func add(_ span: ZipkinSpan) {
    ZipkinProtoEncoder.append(span, to: &body)
    spans += 1
    let operation = Operation(service: span.serviceName ?? "", name: span.name ?? "")
    if let timestamp = span.timestamp {
      first = min(first ?? timestamp, timestamp)
      last = max(last ?? timestamp, span.end ?? timestamp)
      if span.parentID == nil { rootStart = min(rootStart ?? timestamp, timestamp) }
    }
    if span.parentID == nil, !span.shared { root = operation }
    if span.isError { errors += 1 }
    longest = max(longest, span.duration ?? 0)
    calls.append(OperationCall(operation: operation, duration: span.duration ?? 0, isError: span.isError))
    if let service = span.serviceName, let remote = span.remoteEndpoint?.serviceName {
      remotes.insert(Operation(service: service, name: remote))
    }
    for tag in span.tags { signature.insert(key: tag.key, value: tag.value) }
    for annotation in span.annotations { signature.insert(word: annotation.value) }
  }

  private mutating func add(_ line: LogLine) {
    logs.append(line)
    for (key, value) in line.words { signature.insert(key: key, value: value) }
    // An event is found by its name alone, too.
    if let event = line.words["event"] { signature.insert(word: event) }
  }
}
