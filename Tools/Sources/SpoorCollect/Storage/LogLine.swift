// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// A re-encoded JSON log record, with the values that are needed to join, sort and find it.
struct LogLine: Sendable, Hashable {
  /// Microseconds since 1970; 0 if the record has no `timestamp` that can be read.
  let time: Int64
  /// The record's `trace_id`, if it is a Zipkin id.
  let traceID: ZipkinTraceID?
  /// The record as one line of valid JSON, without a line end.
  let json: [UInt8]
  /// Its top-level fields as text, for searches; nested values are left out.
  let words: [String: String]

  /// A record that is encoded already.
  init(time: Int64, traceID: ZipkinTraceID?, json: [UInt8], words: [String: String]) {
    (self.time, self.traceID, self.json, self.words) = (time, traceID, json, words)
  }

  /// Reads a line; `nil` if it is no JSON object (``JSONObjectText``).
  init?(_ line: some Collection<UInt8>) {
    guard let object = JSONObjectText(Array(line)) else { return nil }
    time = object.fields["timestamp"].flatMap(Timestamp.microseconds) ?? 0
    // Some loggers print identifiers in upper case; spans have them in lower case.
    traceID = object.fields["trace_id"].flatMap { try? ZipkinTraceID($0.lowercased()) }
    json = object.bytes
    words = object.fields
  }

  /// Whether it may have fields that ``words`` lacks, because they are within objects.
  var hasNestedFields: Bool { json.dropFirst().contains(UInt8(ascii: "{")) }

  /// The fields of a record that was read from the store.
  static func words(of json: [UInt8]) -> [String: String] { JSONObjectText(json)?.fields ?? [:] }
}

/// Reads and writes RFC 3339's timestamps.
enum Timestamp {
  /// Nanoseconds since 1970 as text in UTC, with 3, 6 or 9 digits of the second's fraction, as many as are needed.
  static func text(_ nanoseconds: UInt64) -> String {
    let seconds = Int64(nanoseconds / 1_000_000_000)
    let fraction = Int64(nanoseconds % 1_000_000_000)
    let shown =
      fraction % 1_000_000 == 0
      ? CivilDate.digits(fraction / 1_000_000, 3)
      : fraction % 1000 == 0 ? CivilDate.digits(fraction / 1000, 6) : CivilDate.digits(fraction, 9)
    return "\(CivilDate(days: seconds / 86_400).text)T\(CivilDate.clock(seconds % 86_400)).\(shown)Z"
  }

  /// Microseconds since 1970; digits beyond the sixth are cut off. `nil` for what is no timestamp.
  static func microseconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[range] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard bytes.count >= 19, bytes[4] == 0x2d, bytes[7] == 0x2d, bytes[13] == 0x3a, bytes[16] == 0x3a,
      let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), (1...12).contains(month),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19)
    else { return nil }
    // Days from the civil date. The year begins in March, so that the leap day is its last.
    let shifted = month > 2 ? year : year - 1
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    var index = 19
    var fraction: Int64 = 0
    if index < bytes.count, bytes[index] == 0x2e {
      index += 1
      var digits = 0
      while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
        if digits < 6 { fraction = fraction * 10 + Int64(bytes[index] - 0x30) }
        digits += 1
        index += 1
      }
      while digits < 6 {
        fraction *= 10
        digits += 1
      }
    }
    var offset: Int64 = 0
    if index < bytes.count, bytes[index] == 0x2b || bytes[index] == 0x2d, let hours = number(index + 1..<index + 3) {
      let minutes = number(index + 4..<index + 6) ?? number(index + 3..<index + 5) ?? 0
      offset = (hours * 60 + minutes) * (bytes[index] == 0x2d ? -60 : 60)
    }
    return (((days * 24 + hour) * 60 + minute) * 60 + second - offset) * 1_000_000 + fraction
  }
}
