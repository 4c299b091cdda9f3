/// Durations and times as they are shown.
public enum Durations {
  /// Three figures or so and a unit: `340 µs`, `2.5 ms`, `412 ms`, `1.25 s`, `12 min 5 s`.
  public static func text(_ microseconds: Int64) -> String {
    switch abs(microseconds) {
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
    let day = milliseconds / 86_400_000
    let ofDay = milliseconds % 86_400_000
    // Howard Hinnant's rule for the proleptic Gregorian calendar.
    let shifted = day + 719_468
    let era = shifted / 146_097
    let ofEra = shifted - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * ofYear + 2) / 153
    let month = part < 10 ? part + 3 : part - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let date = "\(year)-\(digits(month, 2))-\(digits(ofYear - (153 * part + 2) / 5 + 1, 2))"
    let seconds = ofDay / 1000
    let clock = "\(digits(seconds / 3600, 2)):\(digits(seconds / 60 % 60, 2)):\(digits(seconds % 60, 2))"
    return "\(date) \(clock).\(digits(ofDay % 1000, 3))Z"
  }

  private static func digits(_ value: Int64, _ count: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}
