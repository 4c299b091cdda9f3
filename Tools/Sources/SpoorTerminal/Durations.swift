// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// Durations and times as they are shown.
public enum Durations {
  /// About three digits and a unit: `340 µs`, `2.5 ms`, `412 ms`, `1.25 s`, `12 min 5 s`.
  public static func text(_ microseconds: Int64) -> String {
    switch microseconds.magnitude {
    case ..<1000: "\(microseconds) µs"
    case ..<9950: tenths(microseconds, 100) + " ms"
    case ..<999_500: "\((microseconds + 500) / 1000) ms"
    case ..<59_995_000: hundredths(microseconds, 10_000) + " s"
    default: "\(microseconds / 60_000_000) min \(microseconds % 60_000_000 / 1_000_000) s"
    }
  }

  private static func tenths(_ value: Int64, _ unit: Int64) -> String {
    let rounded = (value + unit / 2) / unit
    return "\(rounded / 10).\(abs(rounded % 10))"
  }

  private static func hundredths(_ value: Int64, _ unit: Int64) -> String {
    let rounded = (value + unit / 2) / unit
    let rest = abs(rounded % 100)
    return "\(rounded / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// Microseconds since 1970 as `2023-11-07 14:23:01.234Z`.
  public static func instant(_ microseconds: Int64) -> String {
    let milliseconds = microseconds / 1000
    let ofDay = milliseconds % 86_400_000
    let date = CivilDate(days: milliseconds / 86_400_000)
    return "\(date.text) \(CivilDate.clock(ofDay / 1000)).\(CivilDate.digits(ofDay % 1000, 3))Z"
  }
}
