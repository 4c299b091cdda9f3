// SPDX-License-Identifier: Apache-2.0

/// The identifier of a trace: 64 or 128 bits, never zero.
///
/// A 128-bit identifier whose upper half is zero is a 64-bit one, as in Zipkin: both are written with 16 digits.
public struct ZipkinTraceID: Sendable, Hashable {
  /// The upper 64 bits; 0 for a 64-bit identifier.
  public let high: UInt64
  /// The lower 64 bits.
  public let low: UInt64

  /// Creates an identifier from two halves; `nil` if both are zero.
  public init?(high: UInt64, low: UInt64) {
    guard high != 0 || low != 0 else { return nil }
    self.high = high
    self.low = low
  }

  /// Reads 1 to 32 lower-case hexadecimal digits, padded on the left.
  ///
  /// - Throws: ``SpanError`` with Zipkin's message: empty, too long, all zeros, not lower-hex.
  public init(_ text: some StringProtocol) throws(SpanError) {
    try self.init(digits: Array(text.utf8)[...])
  }

  /// Reads digits from bytes, without creating a string.
  init(digits: ArraySlice<UInt8>) throws(SpanError) {
    if digits.isEmpty { throw SpanError("traceId is empty") }
    if digits.count > 32 { throw SpanError("traceId.length > 32") }
    let split = max(digits.startIndex, digits.endIndex - 16)
    guard let high = HexID.value(digits[..<split]), let low = HexID.value(digits[split...]) else {
      throw SpanError("\(String(decoding: digits, as: UTF8.self)) should be lower-hex encoded with no prefix")
    }
    if high == 0, low == 0 { throw SpanError("traceId is all zeros") }
    self.high = high
    self.low = low
  }

  /// Whether spans of both identifiers may belong to one trace: the identifiers are equal, or their lower halves are
  /// equal and one is only 64 bits wide, because a 64-bit tracer in between kept only the lower half.
  package func mayBeTrace(of other: ZipkinTraceID) -> Bool {
    low == other.low && (high == other.high || high == 0 || other.high == 0)
  }

  /// Appends the 16 or 32 digits.
  func append(to bytes: inout [UInt8]) {
    if high != 0 { HexID.append(high, to: &bytes) }
    HexID.append(low, to: &bytes)
  }
}

extension ZipkinTraceID: CustomStringConvertible {
  /// 16 or 32 lower-case hexadecimal digits.
  public var description: String {
    high == 0 ? HexID.text(low) : HexID.text(high) + HexID.text(low)
  }
}
