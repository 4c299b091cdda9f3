// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Decodes JSON for tests.
package enum DecodedJSON {
  /// The error for an unexpected text.
  package struct Unexpected: Error, CustomStringConvertible {
    package let description: String
  }

  /// A line that is one object.
  package static func object(_ line: some StringProtocol) throws -> [String: Any] {
    guard let value = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
      throw Unexpected(description: "not an object: \(line.prefix(500))")
    }
    return value
  }

  /// The objects of a request's body.
  package static func objects(_ body: some Sequence<UInt8>) throws -> [[String: Any]] {
    let data = Data(body)
    guard let value = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]] else {
      throw Unexpected(description: "not an array of objects: \(String(decoding: data.prefix(500), as: UTF8.self))")
    }
    return value
  }
}
