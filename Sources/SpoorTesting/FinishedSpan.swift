// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
public import SpoorContext
internal import SpoorJournal
internal import SpoorTracing
public import Tracing

/// A span as it was recorded, after its end.
public struct FinishedSpan: Sendable, Hashable {
  /// A link to another span.
  public struct Link: Sendable, Hashable {
    /// The linked span's trace.
    public let traceID: TraceID
    /// The linked span.
    public let spanID: SpanID
  }

  /// The trace that the span is part of.
  public let traceID: TraceID
  /// The span's id.
  public let spanID: SpanID
  /// The parent's id, nil for a root.
  public let parentSpanID: SpanID?
  /// The operation: the last name that the span was given.
  public let name: String
  /// The span's kind.
  public let kind: SpanKind
  /// The span's attributes. Texts are redacted and cut as they would be sent.
  public let attributes: [String: RecordedValue]
  /// The names of the span's events, in their order.
  public let events: [String]
  /// The spans to which this span links, in their order.
  public let links: [Link]
  /// Whether the span's status is `error`.
  public let hasFailed: Bool
  /// The message of the span's status; empty without one.
  public let statusMessage: String
  /// The start, in nanoseconds since 1970.
  public let startNanoseconds: UInt64
  /// The duration, at least 1 µs.
  public let duration: Duration

  init(_ record: SpanRecord, stack: ([UInt64]) -> String) {
    // A record of the journal has ids that are not zero.
    traceID = TraceID(high: record.traceIDHigh, low: record.traceIDLow) ?? .random(is64Bit: true)
    spanID = SpanID(rawValue: record.spanID) ?? .random()
    parentSpanID = SpanID(rawValue: record.parentSpanID)
    kind = SpanKind(record.kind)
    duration = .nanoseconds(Int64(clamping: record.durationNanoseconds))
    startNanoseconds = record.startNanoseconds
    var name = ""
    var attributes: [String: RecordedValue] = [:]
    var events: [String] = []
    var links: [Link] = []
    var failed = record.flags.contains(.failed)
    var message = ""
    for field in record.fields {
      switch field.kind {
      case .name: name = field.text
      case .attribute: attributes[field.keyText] = field.recorded(stack)
      case .event: events.append(field.keyText)
      case .link:
        if let traceID = TraceID(high: field.word(0), low: field.word(1)), let spanID = SpanID(rawValue: field.word(2))
        {
          links.append(Link(traceID: traceID, spanID: spanID))
        }
      case .status:
        failed = unsafe field.value.first == 2
        message = unsafe String(decoding: field.value.dropFirst(), as: UTF8.self)
      case .origin, .dead: break
      }
    }
    self.name = name
    self.attributes = attributes
    self.events = events
    self.links = links
    hasFailed = failed
    statusMessage = message
  }
}

extension RecordField {
  fileprivate var text: String { unsafe String(decoding: value, as: UTF8.self) }

  private var words: [UInt64] { (unsafe 0..<value.count / 8).map { word($0) } }

  /// The value with its type.
  fileprivate func recorded(_ stack: ([UInt64]) -> String) -> RecordedValue {
    switch type {
    case .string, .structure: .string(text)
    case .int64: .integer(Int(Int64(bitPattern: word(0))))
    case .double: .number(Double(bitPattern: word(0)))
    case .bool: .bool(unsafe value.first == 1)
    case .int64Array: .array(words.map { .integer(Int(Int64(bitPattern: $0))) })
    case .doubleArray: .array(words.map { .number(Double(bitPattern: $0)) })
    case .boolArray: .array(unsafe value.map { .bool($0 == 1) })
    case .stringArray: .array(texts.map { .string($0) })
    case .addresses: .string(stackText(stack))
    }
  }
}
