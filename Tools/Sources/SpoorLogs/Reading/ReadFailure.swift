// SPDX-License-Identifier: Apache-2.0

/// A file that cannot be searched.
public struct ReadFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file and the reason.
  public let description: String

  init(_ path: String, _ reason: String) { description = "\(path): \(reason)" }

  static func system(_ path: String) -> ReadFailure {
    ReadFailure(path, unsafe String(cString: strerror(errno)))
  }
}
