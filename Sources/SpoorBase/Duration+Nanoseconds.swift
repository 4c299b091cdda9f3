// SPDX-License-Identifier: Apache-2.0

extension Duration {
  /// Whole nanoseconds: 0 for a negative duration, `Int64.max` for one that exceeds it (292 years), so that a clock's
  /// reading can be added without overflow.
  package var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, isTooLong) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isStillTooLong) = whole.addingReportingOverflow(UInt64(clamping: attoseconds / 1_000_000_000))
    let longest = UInt64(Int64.max)
    return isTooLong || isStillTooLong ? longest : min(sum, longest)
  }
}
