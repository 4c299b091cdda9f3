// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension LogRecord {
  /// The current time in the form of log records with six digits after the second, which sorts like the time.
  static func timestampNow() -> String {
    let seconds = Date().timeIntervalSince1970
    let whole = seconds.rounded(.down)
    let micros = "\(Int((seconds - whole) * 1_000_000))"
    let text = Date(timeIntervalSince1970: whole).formatted(.iso8601)
    return text.dropLast() + "." + String(repeating: "0", count: 6 - micros.count) + micros + "Z"
  }

  /// The time from `timestamp` to this record, or `nil` if one of them is not a timestamp.
  func milliseconds(since timestamp: String) -> Double? {
    guard let from = Self.seconds(timestamp), let to = Self.seconds(self.timestamp) else { return nil }
    return (to - from) * 1000
  }

  /// The time since 1970.
  private static func seconds(_ timestamp: String) -> Double? {
    let parts = timestamp.dropLast().split(separator: ".")
    guard parts.count == 2, let date = try? Date("\(parts[0])Z", strategy: .iso8601), let part = Double("0.\(parts[1])")
    else { return nil }
    return date.timeIntervalSince1970 + part
  }
}
