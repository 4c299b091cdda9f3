public import SpoorContext
internal import SpoorJournal

/// A span as it was recorded.
public struct FinishedSpan: Sendable, Hashable {
  /// The trace it is part of.
  public let traceID: TraceID
  /// Its id.
  public let spanID: SpanID
  /// The span above it, nil for a root.
  public let parentSpanID: SpanID?
  /// The operation; the last name it was given.
  public let name: String
  /// `internal`, `server`, `client`, `producer` or `consumer`.
  public let kind: String
  /// Its attributes as text; stacks with their names.
  public let attributes: [String: String]
  /// The names of its events, in their order.
  public let events: [String]
  /// How many links it has.
  public let links: Int
  /// Whether its status is `error`.
  public let hasFailed: Bool
  /// The message of its status.
  public let statusMessage: String
  /// The spans it links.
  public let linkedSpanIDs: [SpanID]
  /// When it started: nanoseconds since 1970.
  public let startNanoseconds: UInt64
  /// At least a microsecond.
  public let duration: Duration

  init(_ record: SpanRecord, stack: ([UInt64]) -> String) {
    // A record of the journal has ids that are not zero.
    traceID = TraceID(high: record.traceIDHigh, low: record.traceIDLow) ?? .random(is64Bit: true)
    spanID = SpanID(rawValue: record.spanID) ?? .random()
    parentSpanID = SpanID(rawValue: record.parentSpanID)
    kind = "\(record.kind)"
    duration = .nanoseconds(Int64(clamping: record.durationNanoseconds))
    var name = ""
    var attributes: [String: String] = [:]
    var events: [String] = []
    var links: [SpanID] = []
    var failed = false
    var message = ""
    for field in record.fields {
      switch field.kind {
      case .name: name = field.text
      case .attribute: attributes[field.keyText] = field.plain(stack)
      case .event: events.append(field.keyText)
      case .link: if let id = SpanID(rawValue: field.word(2)) { links.append(id) }
      case .status:
        failed = unsafe field.value.first == 2
        message = unsafe String(decoding: field.value.dropFirst(), as: UTF8.self)
      case .origin, .dead: break
      }
    }
    self.name = name
    self.attributes = attributes
    self.events = events
    linkedSpanIDs = links
    self.links = links.count
    startNanoseconds = record.startNanoseconds
    hasFailed = failed
    statusMessage = message
  }
}

extension RecordField {
  fileprivate var text: String { unsafe String(decoding: value, as: UTF8.self) }

  private var words: [UInt64] { (unsafe 0..<value.count / 8).map { word($0) } }

  /// The value as text.
  fileprivate func plain(_ stack: ([UInt64]) -> String) -> String {
    switch type {
    case .string, .structure: text
    case .int64: "\(Int64(bitPattern: word(0)))"
    case .double: "\(Double(bitPattern: word(0)))"
    case .bool: unsafe value.first == 1 ? "true" : "false"
    case .int64Array: "\(words.map { Int64(bitPattern: $0) })"
    case .doubleArray: "\(words.map { Double(bitPattern: $0) })"
    case .boolArray: unsafe "\(value.map { $0 == 1 })"
    case .stringArray: "\(texts)"
    case .addresses: stack(words)
    }
  }
}
