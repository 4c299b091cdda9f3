// SPDX-License-Identifier: Apache-2.0

import SpoorBase

/// Numbers of a line.
enum LogLineNumber {
  /// A whole number within 64 bits.
  static func integer(_ digits: Text) -> Int64? {
    let bytes = unsafe digits.bytes
    let isNegative = unsafe bytes.first == UInt8(ascii: "-")
    guard bytes.count > (isNegative ? 1 : 0), bytes.count <= 20 else { return nil }
    var value: Int64 = 0
    for index in (isNegative ? 1 : 0)..<bytes.count {
      guard unsafe (0x30...0x39).contains(bytes[index]) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let digit = Int64(unsafe bytes[index] - 0x30)
      let (sum, carry) =
        isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }
}

/// Ids of a line: hexadecimal digits, or for Datadog's names decimal ones.
enum LogLineID {
  static func trace(_ text: Text) -> (high: UInt64, low: UInt64)? {
    // Google Cloud's name of a trace: `projects/PROJECT/traces/ID`.
    var text = text
    if let slash = unsafe text.bytes.lastIndex(of: UInt8(ascii: "/")) { text = text.dropFirst(slash + 1) }
    if text.count == 32, let high = hexadecimal(text.dropLast(16)), let low = hexadecimal(text.dropFirst(16)) {
      return (high, low)
    }
    return span(text).map { (0, $0) }
  }

  static func span(_ text: Text) -> UInt64? {
    if text.count == 16, let value = hexadecimal(text) { return value }
    return UInt64(unsafe String(decoding: text.bytes, as: UTF8.self))
  }

  private static func hexadecimal(_ text: Text) -> UInt64? {
    var value: UInt64 = 0
    for index in 0..<text.count {
      guard let digit = HexBytes.value(text[index]) else { return nil }
      value = value << 4 | UInt64(digit)
    }
    return value
  }
}

/// The time of a line: RFC 3339 in UTC with any number of digits after the second, as Spoor writes it.
enum LogLineTime {
  static func nanoseconds(_ text: Text) -> UInt64? {
    guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), text[10] == UInt8(ascii: "T"),
      text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"), text[text.count - 1] == UInt8(ascii: "Z")
    else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for index in range {
        guard (0x30...0x39).contains(text[index]) else { return nil }
        value = value * 10 + Int(text[index] - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19), year >= 1970, (1...12).contains(month),
      (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var fraction = 0
    if text.count > 20 {
      guard text[19] == UInt8(ascii: "."), text.count <= 30, let digits = number(20..<text.count - 1) else {
        return nil
      }
      fraction = digits
      for _ in 0..<(9 - (text.count - 21)) { fraction *= 10 }
    }
    // Days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? nil : product + UInt64(fraction)
  }
}
