// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Times of records as text.
enum RecordTime {
  /// `2023-11-07T14:23:01.234Z`, or the local time with its offset.
  static func text(_ microseconds: Int64, isLocal: Bool) -> String {
    var seconds = time_t(microseconds / 1_000_000)
    var fraction = microseconds % 1_000_000
    if fraction < 0 {
      fraction += 1_000_000
      seconds -= 1
    }
    var parts = unsafe tm()
    let isDate = unsafe isLocal ? localtime_r(&seconds, &parts) != nil : gmtime_r(&seconds, &parts) != nil
    guard isDate else { return "" }
    func digits(_ value: some BinaryInteger, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    let date = unsafe "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
    let clock =
      unsafe "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2)).\(digits(fraction / 1000, 3))"
    guard isLocal else { return "\(date)T\(clock)Z" }
    let offset = unsafe parts.tm_gmtoff / 60
    return "\(date)T\(clock)\(offset < 0 ? "-" : "+")\(digits(abs(offset) / 60, 2)):\(digits(abs(offset) % 60, 2))"
  }

  /// The first and the last time, without what they have in common: `2023-11-07T14:23:01.234Z … 14:23:09.002Z`.
  static func range(_ first: Int64?, _ last: Int64?, isLocal: Bool) -> String {
    guard let first, let last else { return "" }
    let (one, other) = (text(first, isLocal: isLocal), text(last, isLocal: isLocal))
    if one == other { return one }
    let isSameDay = one.prefix(11) == other.prefix(11)
    return "\(one) … \(isSameDay ? String(other.dropFirst(11)) : other)"
  }
}
