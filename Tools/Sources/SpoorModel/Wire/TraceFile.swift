// SPDX-License-Identifier: Apache-2.0

/// The content of a JSON document with traces: a list of spans, a list of traces, one span, `{"spans":[…],"logs":[…]}`,
/// or an export of OTLP (`{"resourceSpans":[…]}`, `{"resourceLogs":[…]}`). Several documents may follow each other.
package struct TraceFile: Sendable {
  /// The spans that can be read, of all traces.
  package private(set) var spans: [ZipkinSpan] = []
  /// The log records of the document, one JSON object each; an export of OTLP is one object with many records.
  package private(set) var logs: [ArraySlice<UInt8>] = []
  /// The number of elements that are not valid spans.
  package private(set) var refused = 0
  /// The error of the first of them.
  package private(set) var firstRefusal: SpanError?

  /// Lists of traces are two levels deep, and an answer with spans and logs is one more.
  private static let maximumDepth = 4

  /// Reads a document; invalid spans are skipped and counted.
  /// - Throws: ``SpanError`` if the bytes are not one JSON value of these kinds.
  package init(_ bytes: [UInt8]) throws(SpanError) {
    var reader = JSONReader(bytes)
    repeat {
      switch reader.peek() {
      case UInt8(ascii: "["): try takeList(&reader, depth: 0)
      case UInt8(ascii: "{"): try takeObject(&reader, isDocument: true)
      default: throw reader.malformed()
      }
    } while !reader.isAtEnd()
  }

  private mutating func takeList(_ reader: inout JSONReader, depth: Int) throws(SpanError) {
    guard depth < Self.maximumDepth else { throw reader.malformed() }
    var first = true
    while try reader.nextElement(first: &first) {
      switch reader.peek() {
      case UInt8(ascii: "["): try takeList(&reader, depth: depth + 1)
      case UInt8(ascii: "{"): try takeObject(&reader, isDocument: false)
      default:
        refuse(SpanError("Expected a span"))
        try reader.skip()
      }
    }
  }

  /// A span, the document `{"spans":[…],"logs":[…]}`, or an export of OTLP.
  private mutating func takeObject(_ reader: inout JSONReader, isDocument: Bool) throws(SpanError) {
    let mark = reader.position
    if isDocument, try takeDocument(&reader) { return }
    reader.rewind(to: mark)
    do throws(SpanError) {
      spans.append(try ZipkinJSONDecoder.span(&reader, readsContent: true))
    } catch {
      if isDocument { throw error }
      reader.rewind(to: mark)
      try reader.skip()
      refuse(error)
    }
  }

  private mutating func takeDocument(_ reader: inout JSONReader) throws(SpanError) -> Bool {
    var isDocument = false
    var (hasSpans, hasLogs) = (false, false)
    var first = true
    _ = reader.peek()
    let start = reader.position
    while let key = try reader.nextKey(first: &first) {
      switch (key, reader.peek()) {
      case ("spans", UInt8(ascii: "[")):
        isDocument = true
        try takeList(&reader, depth: 0)
      case ("logs", UInt8(ascii: "[")):
        isDocument = true
        var firstLog = true
        while try reader.nextElement(first: &firstLog) {
          // Peeking at the next byte skips the white space before it.
          _ = reader.peek()
          let start = reader.position
          try reader.skip()
          logs.append(reader.bytes[start..<reader.position])
        }
      case ("resourceSpans", UInt8(ascii: "[")), ("resource_spans", UInt8(ascii: "[")):
        hasSpans = true
        try reader.skip()
      case ("resourceLogs", UInt8(ascii: "[")), ("resource_logs", UInt8(ascii: "[")):
        hasLogs = true
        try reader.skip()
      default: try reader.skip()
      }
    }
    if hasSpans { try takeOTLP(Array(reader.bytes[start..<reader.position])) }
    if hasLogs { logs.append(reader.bytes[start..<reader.position]) }
    return isDocument || hasSpans || hasLogs
  }

  private mutating func takeOTLP(_ json: [UInt8]) throws(SpanError) {
    var list = SpanListReader(otlp: try OTLPRequest.traces(json: json))
    while let element = try list.next() {
      switch element {
      case .span(let span): spans.append(span)
      case .refused(let error): refuse(error)
      }
    }
  }

  private mutating func refuse(_ error: SpanError) {
    refused += 1
    firstRefusal = firstRefusal ?? error
  }
}
