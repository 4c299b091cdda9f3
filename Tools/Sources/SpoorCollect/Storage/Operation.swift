// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// A service and the name of one of its operations, as in the store's tables.
///
/// Names come from outside, so a name is cut after ``maximumBytes``, in searches as well. The span itself keeps the
/// whole name.
struct Operation: Hashable, Sendable {
  /// The maximum length of a name in bytes of UTF-8.
  static let maximumBytes = 1024

  let service: String
  let name: String

  init(service: String, name: String) {
    self.service = Self.indexed(service)
    self.name = Self.indexed(name)
  }

  /// The form of a name in the store's tables.
  static func indexed(_ name: String) -> String {
    guard name.utf8.count > maximumBytes else { return name.replacingNUL }
    // Cut before the character that would exceed the limit.
    var bytes = 0
    let end = name.unicodeScalars.firstIndex { scalar in
      bytes += UTF8.width(scalar)
      return bytes > maximumBytes
    }
    return String(name.unicodeScalars[..<(end ?? name.endIndex)]).replacingNUL
  }
}

/// The part of a span that summaries need: operation, duration, and whether it failed.
struct OperationCall: Hashable, Sendable {
  let operation: Operation
  /// The duration in microseconds; 0 if unknown.
  let duration: Int64
  let isError: Bool

  init(_ span: ZipkinSpan) {
    operation = Operation(service: span.serviceName ?? "", name: span.name ?? "")
    duration = span.duration ?? 0
    isError = span.isError
  }
}
