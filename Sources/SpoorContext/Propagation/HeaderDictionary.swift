public import Tracing

/// Reads and writes headers in a dictionary: a message's properties, a column of a database row.
public struct HeaderDictionary: Extractor, Injector {
  /// Names and values.
  public typealias Carrier = [String: String]

  /// For `extract` and `inject`; it has no settings.
  public init() {}

  /// The value of exactly that key, else of one that differs from it in the case of ASCII letters only.
  public func extract(key: String, from carrier: [String: String]) -> String? {
    if let value = carrier[key] { return value }
    return carrier.first { $0.key.equalsIgnoringASCIICase(key) }?.value
  }

  /// Sets the key, replacing what it held.
  public func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
    carrier[key] = value
  }
}

extension TracePropagator {
  /// The headers that carry this span's context to whoever reads them, here or in another process, now or later: to be
  /// stored with a message or a row. Where there is room for one text only, use ``TraceContext/b3``.
  public func headers(for traceContext: TraceContext, baggage: Baggage? = nil) -> [String: String] {
    var headers: [String: String] = [:]
    inject(traceContext, baggage: baggage, into: &headers, using: HeaderDictionary())
    return headers
  }

  /// What stored headers say about the trace; `nil` if nothing, or nothing valid. Names are found in any case.
  public func extract(from headers: [String: String]) -> ExtractedContext? {
    extract(from: headers, using: HeaderDictionary())
  }

  /// Puts what stored headers say into `context.remoteTraceContext` and `context.baggage`.
  public func extract(from headers: [String: String], into context: inout ServiceContext) {
    extract(from: headers, using: HeaderDictionary(), into: &context)
  }
}

extension String {
  fileprivate func equalsIgnoringASCIICase(_ other: String) -> Bool {
    utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8) { $0.asciiLowercased == $1.asciiLowercased }
  }
}

extension UInt8 {
  fileprivate var asciiLowercased: UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
  }
}
