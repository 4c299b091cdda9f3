// SPDX-License-Identifier: Apache-2.0

import CSpoor

/// The id of a span within its trace: 64 bits, never zero.
public struct SpanID: Hashable, Sendable {
  /// The id as a number; its hexadecimal form starts with the most significant digit.
  public let rawValue: UInt64

  /// Creates an id from its number; `nil` for zero, which no format allows.
  @inlinable
  public init?(rawValue: UInt64) {
    guard rawValue != 0 else { return nil }
    self.rawValue = rawValue
  }

  private init(nonzero rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Returns a new random id. It is unique across threads and processes for the purposes of tracing, but not secret.
  public static func random() -> SpanID {
    SpanID(nonzero: spoor_random_nonzero())
  }
}

extension SpanID: LosslessStringConvertible {
  /// Reads 16 lower-case hexadecimal digits; `nil` for anything else, including zero.
  public init?(_ hex: String) {
    guard let id = HeaderReader.read(hex, trimsBlanks: false, { $0.spanID() }) else { return nil }
    self = id
  }

  /// 16 lower-case hexadecimal digits.
  public var description: String {
    ASCIIWriter.string(capacity: 16) { $0.append(self) }
  }
}
