// SPDX-License-Identifier: Apache-2.0

/// The stability score, from 0 to 100.
///
///     points of a fault = 40 · served + 30 · recovered + 15 · detected + 15 · complete
///     score             = share of orders accepted in the baseline · mean of the faults' points
///
/// Each factor is from 0 to 1:
/// - served: 1 if no order was lost, 0 from 10 % lost, linear in between;
/// - recovered: 1 up to 5 s after the fault, 0 from 15 s or if a restart was needed, linear in between;
/// - detected: 1 if a log record reported it within 5 s, one half if later, 0 if none did;
/// - complete: the share of orders with complete evidence.
enum DrillScore {
  static let formula =
    "baseline success * mean over faults of (40 served + 30 recovered + 15 detected + 15 complete), see DrillScore.swift"

  static func points(of phase: DrillResult.Phase) -> Double {
    guard phase.orders > 0 else { return 0 }
    let lost = Double(phase.lost) / Double(phase.orders)
    let served = max(0, 1 - lost / 0.1)
    let recovered = phase.recoveredAfter.map { min(1, max(0, (15_000 - $0) / 10_000)) } ?? 0
    let detected = phase.detectedAfter.map { $0 <= 5_000 ? 1 : 0.5 } ?? 0
    let complete = Double(phase.complete) / Double(phase.orders)
    return 40 * served + 30 * recovered + 15 * detected + 15 * complete
  }

  static func score(of phases: [DrillResult.Phase]) -> Double {
    let faults = phases.filter { $0.fault != nil }
    guard let baseline = phases.first(where: { $0.fault == nil }), baseline.orders > 0, !faults.isEmpty else {
      return 0
    }
    let success = 1 - Double(baseline.lost) / Double(baseline.orders)
    return success * faults.map(points).reduce(0, +) / Double(faults.count)
  }
}
