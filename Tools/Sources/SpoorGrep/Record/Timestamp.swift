/// Times as logs write them and people ask for them.
public enum Timestamp {
  /// RFC 3339 as microseconds since 1970: `2023-11-07T14:23:01.234Z`, `2023-11-07 14:23:01+01:00`; what is left out at
  /// the end is zero, without an offset it is UTC. Nil for anything else.
  public static func microseconds(_ text: String) -> Int64? {
    var scan = Scan(bytes: Array(text.utf8))
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

  /// What `--since` and `--until` take: RFC 3339, or how long before `now`: `-1h`, `-90s`, `-2d12h`, with or without
  /// the sign. Nil for anything else.
  public static func argument(_ text: String, now: Int64) -> Int64? {
    if let absolute = microseconds(text) { return absolute }
    if text == "now" { return now }
    var rest = text.hasPrefix("-") ? text.dropFirst() : text[...]
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    let units: [(String, Int64)] = [
      ("ms", 1000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000),
      ("w", 604_800_000_000),
    ]
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      guard let value = Int64(digits), let unit = units.first(where: { rest.hasPrefix($0.0) }) else { return nil }
      rest = rest.dropFirst(unit.0.count)
      let (product, overflow) = value.multipliedReportingOverflow(by: unit.1)
      guard !overflow, product < 1 << 60 else { return nil }
      total += product
      guard total < 1 << 60 else { return nil }
    }
    return now - total
  }

  /// Days since 1970, by Howard Hinnant's rule for the proleptic Gregorian calendar.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let ofEra = shifted - era * 400
    let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }

  private struct Scan {
    let bytes: [UInt8]
    var position = 0
    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
      position += 1
      return true
    }

    mutating func number(_ count: Int) -> Int64? {
      guard position + count <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[position..<position + count] {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      position += count
      return value
    }

    /// Microseconds; further digits are passed over.
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
