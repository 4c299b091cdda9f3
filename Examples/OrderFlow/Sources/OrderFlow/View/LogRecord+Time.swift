#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension LogRecord {
  /// The moment as records write it, with six digits after the second: texts that sort as times do.
  static func timestampNow() -> String {
    let seconds = Date().timeIntervalSince1970
    let whole = seconds.rounded(.down)
    let micros = "\(Int((seconds - whole) * 1_000_000))"
    let text = Date(timeIntervalSince1970: whole).formatted(.iso8601)
    return text.dropLast() + "." + String(repeating: "0", count: 6 - micros.count) + micros + "Z"
  }

  /// From `timestamp` to this record; `nil` when one of both is no timestamp.
  func milliseconds(since timestamp: String) -> Double? {
    guard let from = Self.seconds(timestamp), let to = Self.seconds(self.timestamp) else { return nil }
    return (to - from) * 1000
  }

  /// Since 1970.
  private static func seconds(_ timestamp: String) -> Double? {
    let parts = timestamp.dropLast().split(separator: ".")
    guard parts.count == 2, let date = try? Date("\(parts[0])Z", strategy: .iso8601), let part = Double("0.\(parts[1])")
    else { return nil }
    return date.timeIntervalSince1970 + part
  }
}
