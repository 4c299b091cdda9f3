// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// A timestamp of RFC 3339 in UTC. It is formatted once a second; within a second only the fraction changes.
struct LogTimestamp {
  private var second: UInt64 = .max
  /// `2023-11-07T14:23:01.` as bytes in memory.
  private var text: (UInt64, UInt64, UInt32) = (0, 0, 0)

  /// The maximum length in bytes.
  static let longest = 30

  /// Appends the time without quotes, with 3, 6 or 9 digits after the second.
  mutating func append(_ nanoseconds: UInt64, digits: Int, to output: inout GrowingBytes) {
    output.write(upTo: Self.longest) { append(nanoseconds, digits: digits, to: &$0) }
  }

  /// Writes the time without quotes; the caller has made room for ``longest`` bytes.
  @inline(__always)
  mutating func append(_ nanoseconds: UInt64, digits: Int, to output: inout BytesWriter) {
    let now = nanoseconds / 1_000_000_000
    if now != second { begin(now) }
    output.appendInteger(text.0)
    output.appendInteger(text.1)
    output.appendInteger(text.2)
    let rest = nanoseconds - now * 1_000_000_000
    output.appendThreeDigits(rest / 1_000_000)
    if digits > 3 { output.appendThreeDigits(rest / 1_000 % 1_000) }
    if digits > 6 { output.appendThreeDigits(rest % 1_000) }
    output.appendInteger(UInt8(ascii: "Z"))
  }

  @inline(never)
  private mutating func begin(_ now: UInt64) {
    second = now
    let bytes = Self.format(now) + [UInt8(ascii: ".")]
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe text.0 = bytes.loadUnaligned(as: UInt64.self)
      unsafe text.1 = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      unsafe text.2 = bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
    }
  }

  /// Computes the civil date by Howard Hinnant's algorithm ("chrono-Compatible Low-Level Date Algorithms"), which is
  /// valid for the whole range.
  private static func format(_ seconds: UInt64) -> [UInt8] {
    let days = Int(seconds / 86_400)
    let time = Int(seconds % 86_400)
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    var text: [UInt8] = []
    func append(_ value: Int, _ width: Int, _ separator: Character?) {
      let digits = Array(String(value).utf8)
      text += Array(repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
      if let separator { text += String(separator).utf8 }
    }
    append(year, 4, "-")
    append(month, 2, "-")
    append(day, 2, "T")
    append(time / 3600, 2, ":")
    append(time / 60 % 60, 2, ":")
    append(time % 60, 2, nil)
    return text
  }
}

/// The timestamp format of records, for values.
package enum LogTime {
  /// RFC 3339 in UTC with milliseconds.
  package static func text(nanoseconds: UInt64) -> String {
    var output = GrowingBytes()
    var timestamp = LogTimestamp()
    timestamp.append(nanoseconds, digits: 3, to: &output)
    return String(decoding: output.array(), as: UTF8.self)
  }
}
