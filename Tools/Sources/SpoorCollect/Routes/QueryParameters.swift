// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import SpoorModel

/// The parameters of a request's address, as forms and browsers write them: `+` is a blank, unlike in the rest of a
/// URI.
struct QueryParameters {
  private let values: [String: String]

  init(_ request: Request) { self.init(query: request.uri.query ?? "") }

  /// If a name occurs more than once, its first value counts.
  init(query: String) {
    var values: [String: String] = [:]
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.decoded(pair[0])
      if values[name] == nil { values[name] = pair.count > 1 ? Self.decoded(pair[1]) : "" }
    }
    self.values = values
  }

  subscript(_ name: String) -> String? { values[name] }

  /// Decodes percent escapes; invalid escapes are left unchanged. Bytes that are not UTF-8, and NUL, become U+FFFD.
  static func decoded(_ text: Substring, plusIsBlank: Bool = true) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2, rest.first.map({ $0 != UInt8(ascii: "+") }) == true,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self).replacingNUL
  }
}
