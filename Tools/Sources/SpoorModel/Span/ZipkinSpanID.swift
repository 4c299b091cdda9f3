// SPDX-License-Identifier: Apache-2.0

/// The identifier of a span within its trace: 64 bits, never zero.
public struct ZipkinSpanID: Sendable, Hashable {
  /// The 64 bits.
  public let value: UInt64

  /// Creates an identifier from a number; `nil` if it is zero.
  public init?(_ value: UInt64) {
    guard value != 0 else { return nil }
    self.value = value
  }

  /// Reads 1 to 16 lower-case hexadecimal digits, padded on the left.
  ///
  /// - Throws: ``SpanError`` with Zipkin's message: empty, too long, all zeros, not lower-hex.
  public init(_ text: some StringProtocol) throws(SpanError) {
    guard let id = ZipkinSpanID(try Self.number(Array(text.utf8)[...], field: "id")) else {
      throw SpanError("id is all zeros")
    }
    self = id
  }

  /// The number written as `digits`, zero included; the caller decides about zero.
  static func number(_ digits: ArraySlice<UInt8>, field: StaticString) throws(SpanError) -> UInt64 {
    if digits.isEmpty { throw SpanError("\(field) is empty") }
    if digits.count > 16 { throw SpanError("\(field).length > 16") }
    guard let value = HexID.value(digits) else {
      throw SpanError("\(String(decoding: digits, as: UTF8.self)) should be lower-hex encoded with no prefix")
    }
    return value
  }
}

extension ZipkinSpanID: CustomStringConvertible {
  /// 16 lower-case hexadecimal digits.
  public var description: String { HexID.text(value) }
}
