// SPDX-License-Identifier: Apache-2.0

/// A span as OTLP has it: typed attributes, events, links.
public struct OTLPSpan: Sendable, Hashable {
  /// Something that happened during the span.
  public struct Event: Sendable, Hashable {
    /// Nanoseconds since 1970.
    public var time: UInt64 = 0
    /// What happened.
    public var name = ""
    /// Of equal keys the last one.
    public var attributes: [OTLPAttribute] = []
    /// How many attributes the sender left out.
    public var droppedAttributes: UInt32 = 0
  }

  /// Another span that this one has to do with.
  public struct Link: Sendable, Hashable {
    /// The other span's trace; `nil` if the identifier is no valid one.
    public var traceID: ZipkinTraceID?
    /// The other span; `nil` if the identifier is no valid one.
    public var spanID: ZipkinSpanID?
    /// W3C's `tracestate` of the other span.
    public var traceState = ""
    /// Of equal keys the last one.
    public var attributes: [OTLPAttribute] = []
    /// How many attributes the sender left out.
    public var droppedAttributes: UInt32 = 0
    /// W3C's trace flags of the other span, with 0x100 and 0x200 as in ``OTLPSpan/flags``.
    public var flags: UInt32 = 0
  }

  /// Whether the operation succeeded, as far as the program reported it.
  public enum Status: UInt64, Sendable {
    /// The program reported nothing.
    case unset
    /// It succeeded, for certain.
    case ok
    /// It failed.
    case error
  }

  /// The trace it is part of.
  public let traceID: ZipkinTraceID
  /// Its own identifier.
  public let spanID: ZipkinSpanID
  /// The span above it; `nil` for a root.
  public private(set) var parentID: ZipkinSpanID?
  /// W3C's `tracestate`.
  public private(set) var traceState = ""
  /// W3C's trace flags, with 0x100 if the sender says whether the parent is remote, and 0x200 if it is.
  public private(set) var flags: UInt32 = 0
  /// The operation.
  public private(set) var name = ""
  /// OTLP's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
  public private(set) var kind: UInt64 = 0
  /// Nanoseconds since 1970; 0 if unknown.
  public private(set) var start: UInt64 = 0
  /// Nanoseconds since 1970; 0 if unknown.
  public private(set) var end: UInt64 = 0
  /// In the order of the sender; of equal keys the last counts.
  public private(set) var attributes: [OTLPAttribute] = []
  /// How many attributes the sender left out.
  public private(set) var droppedAttributes: UInt32 = 0
  /// In the order of the sender.
  public private(set) var events: [Event] = []
  /// How many events the sender left out.
  public private(set) var droppedEvents: UInt32 = 0
  /// In the order of the sender.
  public private(set) var links: [Link] = []
  /// How many links the sender left out.
  public private(set) var droppedLinks: UInt32 = 0
  /// Whether it succeeded.
  public private(set) var status = Status.unset
  /// Why it failed.
  public private(set) var statusMessage = ""

  /// Reads a message `Span`. - Throws: ``SpanError`` for bytes that are no such message, and for identifiers that are
  /// zero or of a wrong length.
  init(_ reader: inout ProtoReader) throws(SpanError) {
    var traceID: ZipkinTraceID?
    var spanID: ZipkinSpanID?
    // Identifiers are read before the rest, so that an error in the rest can name them. Senders write them first.
    var ids = reader
    while traceID == nil || spanID == nil, let (number, type) = try ids.nextField() {
      switch (number, type) {
      case (1, .lengthDelimited): traceID = try OTLPID.trace(try ids.slice(), "trace_id")
      case (2, .lengthDelimited): spanID = try OTLPID.span(try ids.slice(), "span_id")
      default: try ids.skip(type)
      }
    }
    guard let traceID else {
      throw SpanError("trace_id must be 16 bytes that are not all zero, but is missing or zero")
    }
    guard let spanID else { throw SpanError("span_id must be 8 bytes that are not all zero, but is missing or zero") }
    self.traceID = traceID
    self.spanID = spanID
    do throws(SpanError) {
      try read(&reader)
    } catch {
      throw SpanError("span \(spanID) of trace \(traceID): \(error.description)")
    }
  }

  private mutating func read(_ reader: inout ProtoReader) throws(SpanError) {
    while let (number, type) = try reader.nextField() {
      switch (number, type) {
      case (3, .lengthDelimited): traceState = try reader.string()
      case (4, .lengthDelimited): parentID = try OTLPID.span(try reader.slice(), "parent_span_id")
      case (5, .lengthDelimited): name = try reader.string()
      case (6, .varint): kind = try reader.varint()
      case (7, .fixed64): start = try reader.fixed64()
      case (8, .fixed64): end = try reader.fixed64()
      case (9, .lengthDelimited): attributes.append(try OTLPAttribute(&reader))
      case (10, .varint): droppedAttributes = UInt32(truncatingIfNeeded: try reader.varint())
      case (11, .lengthDelimited): events.append(try Event(&reader))
      case (12, .varint): droppedEvents = UInt32(truncatingIfNeeded: try reader.varint())
      case (13, .lengthDelimited): links.append(try Link(&reader))
      case (14, .varint): droppedLinks = UInt32(truncatingIfNeeded: try reader.varint())
      case (15, .lengthDelimited): try readStatus(&reader)
      case (16, .fixed32): flags = try reader.fixed32()
      default: try reader.skip(type)
      }
    }
  }

  private mutating func readStatus(_ reader: inout ProtoReader) throws(SpanError) {
    var message = try reader.nested()
    while let (number, type) = try message.nextField() {
      switch (number, type) {
      case (2, .lengthDelimited): statusMessage = try message.string()
      case (3, .varint): status = Status(rawValue: try message.varint()) ?? .unset
      default: try message.skip(type)
      }
    }
  }

  /// Whether no span of the same process is above it. A sender that says nothing of it is judged by the kind.
  public var isLocalRoot: Bool {
    guard parentID != nil else { return true }
    return flags & 0x100 != 0 ? flags & 0x200 != 0 : kind == 2 || kind == 5
  }
}

extension OTLPSpan.Event {
  fileprivate init(_ reader: inout ProtoReader) throws(SpanError) {
    var message = try reader.nested()
    while let (number, type) = try message.nextField() {
      switch (number, type) {
      case (1, .fixed64): time = try message.fixed64()
      case (2, .lengthDelimited): name = try message.string()
      case (3, .lengthDelimited): attributes.append(try OTLPAttribute(&message))
      case (4, .varint): droppedAttributes = UInt32(truncatingIfNeeded: try message.varint())
      default: try message.skip(type)
      }
    }
    attributes = OTLPAttribute.unique(attributes)
  }
}

extension OTLPSpan.Link {
  fileprivate init(_ reader: inout ProtoReader) throws(SpanError) {
    var message = try reader.nested()
    while let (number, type) = try message.nextField() {
      switch (number, type) {
      // A link to nowhere costs itself only.
      case (1, .lengthDelimited): traceID = try? OTLPID.trace(try message.slice(), "trace_id")
      case (2, .lengthDelimited): spanID = try? OTLPID.span(try message.slice(), "span_id")
      case (3, .lengthDelimited): traceState = try message.string()
      case (4, .lengthDelimited): attributes.append(try OTLPAttribute(&message))
      case (5, .varint): droppedAttributes = UInt32(truncatingIfNeeded: try message.varint())
      case (6, .fixed32): flags = try message.fixed32()
      default: try message.skip(type)
      }
    }
    attributes = OTLPAttribute.unique(attributes)
  }
}

/// Reads identifiers: bytes, the most significant first.
enum OTLPID {
  /// A trace's identifier; `nil` if it is absent or zero.
  static func trace(_ bytes: ArraySlice<UInt8>, _ field: StaticString) throws(SpanError) -> ZipkinTraceID? {
    if bytes.isEmpty { return nil }
    guard bytes.count == 16 else { throw SpanError("\(field) must be 16 bytes, but has \(bytes.count)") }
    return ZipkinTraceID(high: number(bytes.prefix(8)), low: number(bytes.suffix(8)))
  }

  /// A span's identifier; `nil` if it is absent or zero.
  static func span(_ bytes: ArraySlice<UInt8>, _ field: StaticString) throws(SpanError) -> ZipkinSpanID? {
    if bytes.isEmpty { return nil }
    guard bytes.count == 8 else { throw SpanError("\(field) must be 8 bytes, but has \(bytes.count)") }
    return ZipkinSpanID(number(bytes))
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var number: UInt64 = 0
    for byte in bytes { number = number << 8 | UInt64(byte) }
    return number
  }
}
