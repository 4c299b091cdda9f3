// SPDX-License-Identifier: Apache-2.0

extension Int {
  /// The exponent of the largest power of two that is not above this number, which must be at least 1.
  package var binaryLogarithm: Int { bitWidth - 1 - leadingZeroBitCount }
}
