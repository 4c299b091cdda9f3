// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// The texts of an error, bounded.
enum ErrorText {
  /// The maximum length of a message in bytes; the length of the rest is noted.
  static let messageLimit = 2048

  static func type(of error: any Error) -> String { String(describing: Swift.type(of: error)) }

  /// The type with its module, the same in each run: the address that Swift prints for a private context is left out.
  static func qualifiedType(of error: any Error) -> String {
    var name = Substring(String(reflecting: Swift.type(of: error)))
    var result = ""
    while let start = name.firstRange(of: "(unknown context at $") {
      result += name[..<start.lowerBound]
      name = name[start.upperBound...]
      guard let end = name.firstRange(of: ").") else { break }
      name = name[end.upperBound...]
    }
    return result + name
  }

  static func message(of error: any Error) -> String { String(describing: error).cut(to: messageLimit) }
}
