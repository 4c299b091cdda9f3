extension Int {
  /// The exponent of the largest power of two that is not above a number from 1 on.
  var binaryLogarithm: Int { bitWidth - 1 - leadingZeroBitCount }
}
