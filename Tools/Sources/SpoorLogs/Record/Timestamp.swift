// SPDX-License-Identifier: Apache-2.0

/// Parses times in logs and queries.
public enum Timestamp {
  /// RFC 3339 as microseconds since 1970: `2023-11-07T14:23:01.234Z`, `2023-11-07 14:23:01+01:00`; omitted parts
  /// are zero, and without an offset the time is UTC. `nil` for anything else.
  public static func microseconds(_ text: String) -> Int64? {
    var text = text
    return text.withUTF8 { unsafe microseconds(UnsafeRawBufferPointer($0)) }
  }

  /// RFC 3339 as microseconds since 1970.
  static func microseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
    var scan = unsafe Scan(bytes: text)
    guard let year = scan.number(4), scan.take("-"), let month = scan.number(2), scan.take("-"),
      let day = scan.number(2), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var seconds = days(year, month, day) * 86_400
    var fraction: Int64 = 0
    if scan.take("T") || scan.take("t") || scan.take(" ") {
      guard let hour = scan.number(2), scan.take(":"), let minute = scan.number(2), hour < 24, minute < 60 else {
        return nil
      }
      seconds += hour * 3600 + minute * 60
      if scan.take(":") {
        guard let second = scan.number(2), second <= 60 else { return nil }
        seconds += second
        if scan.take(".") || scan.take(",") { fraction = scan.fraction() }
      }
      if !scan.take("Z"), !scan.take("z"), !scan.isAtEnd {
        let sign: Int64 = scan.take("+") ? -1 : 1
        guard sign == -1 || scan.take("-"), let hour = scan.number(2) else { return nil }
        _ = scan.take(":")
        seconds += sign * (hour * 3600 + (scan.number(2) ?? 0) * 60)
      }
    }
    return scan.isAtEnd ? seconds * 1_000_000 + fraction : nil
  }

  /// Converts a number of seconds, milliseconds, microseconds or nanoseconds since 1970 to microseconds. The unit is
  /// inferred from the size.
  public static func epoch(_ value: Int64) -> Int64? {
    let size = value.magnitude
    if size < 100_000_000_000 { return value * 1_000_000 }
    if size < 100_000_000_000_000 { return value * 1_000 }
    return size < 100_000_000_000_000_000 ? value : value / 1_000
  }

  /// Converts a number since 1970 with a fraction to microseconds, with the unit inferred from its size.
  public static func epoch(_ value: Double) -> Int64? {
    guard value.isFinite else { return nil }
    let scale = abs(value) < 1e11 ? 1e6 : abs(value) < 1e14 ? 1e3 : abs(value) < 1e17 ? 1 : 1e-3
    return Int64(exactly: (value * scale).rounded())
  }

  /// Converts a number since 1970, given as text, to microseconds; `nil` for anything but digits with one point. Fewer
  /// than nine digits are not a time.
  public static func epoch(_ text: String) -> Int64? {
    guard text.utf8.count >= 9, text.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 == 0x2E }) else { return nil }
    return Int64(text).flatMap { epoch($0) } ?? Double(text).flatMap { epoch($0) }
  }

  /// Parses the value of `--since` and `--until`: RFC 3339, a number since 1970, `now`, `today`, `yesterday`, a time of
  /// the current day (`09:20`), or how long before `now` (`10m`, `-1h`, `2d12h`, `90s ago`). `nil` for anything else.
  public static func argument(_ given: String, now: Int64) -> Int64? {
    let day: Int64 = 86_400_000_000
    let text = given.lowercased().hasSuffix(" ago") ? String(given.dropLast(4)) : given
    let today = now - (now % day + day) % day
    switch text.lowercased() {
    case "now": return now
    case "today": return today
    case "yesterday": return today - day
    default: break
    }
    if let absolute = microseconds(text) ?? epoch(text) { return absolute }
    if let seconds = timeOfDay(text) { return seconds.map { today + $0 * 1_000_000 } }
    return duration(text.hasPrefix("-") ? String(text.dropFirst()) : text).map { now - $0 }
  }

  /// The seconds since midnight of `09:20` or `09:20:01`; `nil` for a text that does not begin like this, and `nil`
  /// inside if something follows.
  private static func timeOfDay(_ text: String) -> Int64?? {
    var text = text
    return text.withUTF8 { bytes -> Int64?? in
      var scan = unsafe Scan(bytes: UnsafeRawBufferPointer(bytes))
      guard let hour = scan.number(2), scan.take(":"), let minute = scan.number(2), hour < 24, minute < 60 else {
        return .none
      }
      var seconds = hour * 3600 + minute * 60
      if scan.take(":"), let second = scan.number(2) { seconds += second }
      return .some(scan.isAtEnd ? seconds : nil)
    }
  }

  /// Parses a duration as microseconds: `200ms`, `1.5s`, `2d12h`, `10 min`. `nil` for anything else, including a number
  /// without a unit.
  public static func duration(_ text: String) -> Int64? {
    var rest = text.lowercased().filter { $0 != " " }[...]
    var total = 0.0
    guard !rest.isEmpty else { return nil }
    let units: [(String, Double)] = [
      ("ns", 0.001), ("\u{00B5}s", 1), ("\u{03BC}s", 1), ("us", 1), ("ms", 1e3), ("min", 6e7), ("s", 1e6), ("m", 6e7),
      ("h", 3.6e9), ("d", 8.64e10), ("w", 6.048e11),
    ]
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      guard let value = Double(digits), let unit = units.first(where: { rest.hasPrefix($0.0) }) else { return nil }
      rest = rest.dropFirst(unit.0.count)
      total += value * unit.1
      guard total < 1e18 else { return nil }
    }
    return Int64(total.rounded())
  }

  /// Days since 1970, by Howard Hinnant's rule for the proleptic Gregorian calendar.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let ofEra = shifted - era * 400
    let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }

  @safe
  private struct Scan {
    let bytes: UnsafeRawBufferPointer
    private let count: Int
    var position = 0
    var isAtEnd: Bool { position == count }

    init(bytes: UnsafeRawBufferPointer) {
      unsafe self.bytes = unsafe bytes
      count = bytes.count
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard position < count, unsafe bytes[position] == UInt8(ascii: character) else { return false }
      position += 1
      return true
    }

    mutating func number(_ digits: Int) -> Int64? {
      guard position + digits <= count else { return nil }
      var value: Int64 = 0
      for index in position..<position + digits {
        let byte = unsafe bytes[index]
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      position += digits
      return value
    }

    /// Reads the fraction in microseconds; further digits are ignored.
    mutating func fraction() -> Int64 {
      var value: Int64 = 0
      var weight: Int64 = 100_000
      while let digit = number(1) {
        value += digit * weight
        weight /= 10
      }
      return value
    }
  }
}
