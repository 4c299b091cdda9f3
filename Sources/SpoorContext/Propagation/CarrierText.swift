// SPDX-License-Identifier: Apache-2.0

/// Headers as one text, for places with room for a single value: a database column or one message property.
///
/// The value of `b3` alone if it is sufficient, else `NAME=VALUE&NAME=VALUE` with both parts percent-encoded and the
/// names sorted. A bare `traceparent` can be read as well.
enum CarrierText {
  /// Longer texts are not read: this is more than all headers at their limits, percent-encoded.
  private static let longestText = 128 << 10

  /// The headers as one text.
  static func write(_ headers: [String: String]) -> String {
    if headers.count == 1, let b3 = headers[Header.b3] { return b3 }
    return headers.sorted { $0.key < $1.key }
      .map { "\(encoded($0.key))=\(encoded($0.value))" }.joined(separator: "&")
  }

  /// The headers in a text; empty if the text holds none that is known.
  static func read(_ text: String) -> [String: String] {
    guard text.utf8.count <= longestText else { return [:] }
    let text = text.trimmingBlanks()
    guard text.utf8.contains(UInt8(ascii: "=")) else {
      // `b3` begins with a trace id, `traceparent` with a version of two digits.
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
  /// One text that carries this span's context, and the baggage if that format is on. The context is always written as
  /// B3, whichever formats are on, because B3 carries the most information.
  ///
  /// The text is the value of `b3` alone (`463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1`) or `b3=…&baggage=…`.
  /// `nil` if no format is on.
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

  /// The headers in a text from ``text(for:baggage:)``; a bare `b3` or `traceparent` is accepted too.
  public func headers(inText text: String) -> [String: String] { CarrierText.read(text) }
}
