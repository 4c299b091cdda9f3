// SPDX-License-Identifier: Apache-2.0

public import Tracing

/// Reads and writes headers in a dictionary: a message's properties, a column of a database row.
public struct HeaderDictionary: Extractor, Injector {
  /// Names and values.
  public typealias Carrier = [String: String]

  /// Creates an extractor and injector for dictionaries; it has no settings.
  public init() {}

  /// The value of exactly this key, else of a key that differs only in the case of ASCII letters.
  public func extract(key: String, from carrier: [String: String]) -> String? {
    if let value = carrier[key] { return value }
    return carrier.first { $0.key.equalsIgnoringASCIICase(key) }?.value
  }

  /// Sets the value of the key and replaces an earlier one.
  public func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
    carrier[key] = value
  }
}

extension TracePropagator {
  /// The headers that carry this span's context, to be stored with a message or a row and read later or by another
  /// process. If there is room for only one text, use ``TraceContext/b3``.
  public func headers(for traceContext: TraceContext, baggage: Baggage? = nil) -> [String: String] {
    var headers: [String: String] = [:]
    inject(traceContext, baggage: baggage, into: &headers, using: HeaderDictionary())
    return headers
  }

  /// The trace information in stored headers; `nil` if there is none that is valid. Names match in any case.
  public func extract(from headers: [String: String]) -> ExtractedContext? {
    extract(from: headers, using: HeaderDictionary())
  }

  /// Sets `context.remoteTraceContext` and `context.baggage` from stored headers.
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
