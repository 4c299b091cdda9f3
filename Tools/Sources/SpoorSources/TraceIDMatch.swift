// SPDX-License-Identifier: Apache-2.0

internal import SpoorModel

/// The traces that the digits of an id, or the beginning of one, may mean.
enum TraceIDMatch {
  /// The id that digits are as a whole; `nil` for the beginning of an id.
  static func wholeID(_ digits: String) -> ZipkinTraceID? {
    [16, 32].contains(digits.utf8.count) ? try? ZipkinTraceID(digits) : nil
  }

  /// The ids that lower-case digits may mean. A whole id is itself if it is known, and otherwise the 64-bit or 128-bit
  /// form of the same id.
  static func ids(of digits: String, among known: some Collection<String>) -> [String] {
    guard let wanted = wholeID(digits) else { return known.filter { $0.hasPrefix(digits) } }
    if known.contains(digits) { return [digits] }
    return known.filter { (try? ZipkinTraceID($0))?.mayBeTrace(of: wanted) ?? false }
  }
}
