extension Duration {
  /// Whole nanoseconds, 0 for a negative duration.
  package var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000).partialValue
      &+ UInt64(attoseconds / 1_000_000_000)
  }
}
