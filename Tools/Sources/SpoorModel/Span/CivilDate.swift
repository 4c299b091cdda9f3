// SPDX-License-Identifier: Apache-2.0

/// A date of the proleptic Gregorian calendar, by Howard Hinnant's rule.
package struct CivilDate: Sendable {
  package let year: Int64
  package let month: Int64
  package let day: Int64

  /// - Parameter days: since 1970-01-01.
  package init(days: Int64) {
    // The year begins in March so that the leap day is its last.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * part + 2) / 5 + 1
    month = part < 10 ? part + 3 : part - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// `2023-11-07`.
  package var text: String { "\(year)-\(Self.digits(month, 2))-\(Self.digits(day, 2))" }

  /// The time of a day in seconds, as `14:23:01`.
  package static func clock(_ seconds: Int64) -> String {
    "\(digits(seconds / 3600, 2)):\(digits(seconds / 60 % 60, 2)):\(digits(seconds % 60, 2))"
  }

  /// A number with leading zeros.
  package static func digits(_ value: Int64, _ count: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}
