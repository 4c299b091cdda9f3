// SPDX-License-Identifier: Apache-2.0

extension DrillResult {
  /// A table with one row per fault.
  var table: Table {
    var table = Table(
      "fault", "detected after", "recovered after", "orders", "lost", "p50", "p99", "complete", "points")
    for phase in phases {
      let share = Double(phase.complete) / Double(max(1, phase.orders))
      table.add(
        phase.fault?.summary ?? "none (baseline)", Self.time(phase.detectedAfter, in: phase, else: "not detected"),
        Self.time(phase.recoveredAfter, in: phase, else: "needed a restart"), "\(phase.orders)", "\(phase.lost)",
        "\(phase.p50.rounded(toPlaces: 0)) ms", "\(phase.p99.rounded(toPlaces: 0)) ms", share.asPercentage,
        phase.fault == nil ? "–" : DrillScore.points(of: phase).rounded(toPlaces: 1))
    }
    return table
  }

  /// The decision as text: `97.3 of 100, at least 95 required`.
  var verdict: String {
    "stability score of the \(pool.rawValue) pool: \(score.rounded(toPlaces: 1)) of 100,"
      + " at least \(threshold.rounded(toPlaces: 0)) required: \(passes ? "released" : "stopped")"
  }

  private static func time(_ milliseconds: Double?, in phase: Phase, else none: String) -> String {
    guard phase.fault != nil else { return phase.recoveredAfter == nil && none.contains("restart") ? none : "–" }
    guard let milliseconds else { return none }
    return milliseconds == 0 ? "nothing to recover" : "\(milliseconds.rounded(toPlaces: 0)) ms"
  }
}
