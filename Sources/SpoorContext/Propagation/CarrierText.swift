/// Headers as one text, for places that have room for one only: a column, a message's single property.
///
/// `b3` alone where that says all; else `NAME=VALUE&NAME=VALUE`, both percent-encoded, names sorted. What is read may also
/// be a bare `traceparent`.
enum CarrierText {
  /// The headers as one text.
  static func write(_ headers: [String: String]) -> String {
    if headers.count == 1, let b3 = headers[Header.b3] { return b3 }
    return headers.sorted { $0.key < $1.key }
      .map { "\(encoded($0.key))=\(encoded($0.value))" }.joined(separator: "&")
  }

  /// The headers that a text holds; none where it holds nothing that is known.
  static func read(_ text: String) -> [String: String] {
    let text = text.trimmingBlanks()
    guard text.utf8.contains(UInt8(ascii: "=")) else {
      // A trace id comes first in one, a version of two digits in the other.
      let isTraceparent = text.utf8.dropFirst(2).first == UInt8(ascii: "-")
      return text.isEmpty ? [:] : [isTraceparent ? Header.traceparent : Header.b3: String(text)]
    }
    var headers: [String: String] = [:]
    for part in text.split(separator: "&") {
      guard let equals = part.firstIndex(of: "=") else { continue }
      headers[PercentCoding.decoded(part[..<equals].utf8)] = PercentCoding.decoded(
        part[part.index(after: equals)...].utf8)
    }
    return headers
  }

  private static func encoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    PercentCoding.append(text, to: &bytes) { byte in
      switch byte {
      case UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "="), UInt8(ascii: "+"): true
      default: byte <= 0x20 || byte >= 0x7F
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension TracePropagator {
  /// One text that carries this span's context, and the baggage where that format is on. Whichever formats are on, it is
  /// B3's, for that says most.
  ///
  /// `b3` alone where that says all (`463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1`), else `b3=…&baggage=…`. `nil`
  /// where no format is on.
  public func text(for traceContext: TraceContext, baggage: Baggage? = nil) -> String? {
    guard !formats.isEmpty else { return nil }
    var headers = [Header.b3: traceContext.b3]
    if let state = traceContext.traceState {
      headers[Header.traceparent] = traceContext.traceparent
      headers[Header.tracestate] = state.headerValue
    }
    inject(formats.contains(.baggage) ? baggage : nil, into: &headers, using: HeaderDictionary())
    return CarrierText.write(headers)
  }

  /// The headers that a text of ``text(for:baggage:)`` holds; it may also be a bare `b3` or `traceparent`.
  public func headers(inText text: String) -> [String: String] { CarrierText.read(text) }
}
