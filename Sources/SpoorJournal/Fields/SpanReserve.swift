// SPDX-License-Identifier: Apache-2.0

/// Room in a span that attributes, events and links cannot take, so that the status and the first error always fit.
package enum SpanReserve: Sendable {
  /// For attributes, events and links: ``Journal/maximumSpanBytes``.
  case none
  /// For the first recorded error as well.
  case exception
  /// For the status and the name as well.
  case status

  /// Bytes beyond ``Journal/maximumSpanBytes``.
  var bytes: Int {
    switch self {
    case .none: 0
    case .exception: 4096
    case .status: Self.total
    }
  }

  /// The total size of the reserved room in bytes.
  package static let total = 8192
}
