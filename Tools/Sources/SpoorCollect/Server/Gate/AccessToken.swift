// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird

/// The token without which no request is answered.
struct AccessToken: Sendable {
  private let token: [UInt8]

  init(_ token: String) { self.token = Array(token.utf8) }

  /// - Throws: `HTTPError` with 401, for which a browser asks for a user and a password.
  func check(_ head: HTTPRequest) throws {
    guard let field = head.headerFields[.authorization], let given = Self.given(field), isEqual(given) else {
      throw HTTPError(
        .unauthorized, headers: [.wwwAuthenticate: #"Basic realm="spoor collect: any user, the token as password""#],
        message: "Authorization must be Bearer and the collector's token, or Basic with the token as password")
    }
  }

  private static func given(_ field: String) -> [UInt8]? {
    let parts = field.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch parts[0].lowercased() {
    case "bearer": return Array(parts[1].utf8)
    case "basic":
      guard let pair = Data(base64Encoded: String(parts[1])), let colon = pair.firstIndex(of: UInt8(ascii: ":")) else {
        return nil
      }
      return [UInt8](pair[(colon + 1)...])
    default: return nil
    }
  }

  /// Compares in a time that does not depend on where the texts differ.
  private func isEqual(_ given: [UInt8]) -> Bool {
    var difference = UInt8(given.count == token.count ? 0 : 1)
    for (index, byte) in token.enumerated() { difference |= byte ^ (given.isEmpty ? 1 : given[index % given.count]) }
    return difference == 0
  }
}
