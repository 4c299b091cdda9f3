// SPDX-License-Identifier: Apache-2.0

extension Double {
  /// The number with the given count of decimals, trailing zeros included.
  func rounded(toPlaces places: Int) -> String {
    guard isFinite else { return "–" }
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = Int64((self * scale).rounded())
    guard places > 0 else { return "\(scaled)" }
    let sign = scaled < 0 ? "-" : ""
    let digits = "\(scaled.magnitude)"
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
  }

  /// The share as a percentage with two decimals: `99.98 %`.
  var asPercentage: String { (self * 100).rounded(toPlaces: 2) + " %" }
}

extension Duration {
  /// Milliseconds with a fraction.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) * 1000 + Double(attoseconds) / 1e15
  }
}

extension Sequence<Duration> {
  /// The smallest value that at least `share` of all values do not exceed (0.99 for the 99th percentile), or zero
  /// without values.
  func percentile(_ share: Double) -> Duration {
    let inOrder = sorted()
    guard !inOrder.isEmpty else { return .zero }
    let rank = Int((share * Double(inOrder.count)).rounded(.up))
    return inOrder[Swift.min(Swift.max(rank, 1), inOrder.count) - 1]
  }
}
