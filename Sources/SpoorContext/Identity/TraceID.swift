// SPDX-License-Identifier: Apache-2.0

import CSpoor

/// The id of a trace: 128 bits, or 64 bits if a caller that only supports 64 began the trace. Never zero.
///
/// A 64-bit id is one whose upper half is zero. It stays 64 bits wide when it is passed on in B3 (docs/ZIPKIN.md,
/// "Propagation"), and is padded with zeros where a format has one width only (W3C, log records).
public struct TraceID: Hashable, Sendable {
  /// The upper 64 bits; zero in a 64-bit id.
  public let high: UInt64
  /// The lower 64 bits.
  public let low: UInt64

  /// Creates an id from its two halves; `nil` if both are zero, which no format allows.
  @inlinable
  public init?(high: UInt64 = 0, low: UInt64) {
    guard high | low != 0 else { return nil }
    self.high = high
    self.low = low
  }

  private init(nonzeroLow low: UInt64, high: UInt64) {
    self.high = high
    self.low = low
  }

  /// Whether the id is 64 bits wide.
  @inlinable
  public var is64Bit: Bool { high == 0 }

  /// Returns a new random id. It is unique across threads and processes for the purposes of tracing, but not secret.
  ///
  /// - Parameter is64Bit: whether to make a 64-bit id, for systems that do not accept 128 bits.
  public static func random(is64Bit: Bool = false) -> TraceID {
    TraceID(nonzeroLow: spoor_random_nonzero(), high: is64Bit ? 0 : spoor_random_nonzero())
  }
}

extension TraceID: LosslessStringConvertible {
  /// Reads 16 or 32 lower-case hexadecimal digits; `nil` for anything else, including zero.
  ///
  /// If the first 16 of 32 digits are zeros, the id is a 64-bit id, as in Zipkin's server.
  public init?(_ hex: String) {
    guard let id = HeaderReader.read(hex, trimsBlanks: false, { $0.traceID() }) else { return nil }
    self = id
  }

  /// 16 lower-case hexadecimal digits for a 64-bit id, 32 for all others: the form of B3 and Zipkin.
  public var description: String {
    ASCIIWriter.string(capacity: 32) { $0.append(self) }
  }

  /// Always 32 lower-case hexadecimal digits: the form of W3C and of log records.
  public var paddedDescription: String {
    ASCIIWriter.string(capacity: 32) { $0.appendPadded(self) }
  }
}
