// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A call that a request asks for: the URL and the body.
struct RelayCall {
  let url: String
  /// The body as JSON bytes.
  let body: Data

  /// Parses `[{"url": …, "arguments": …}, …]`.
  ///
  /// - Throws: ``MalformedRelayRequest`` for anything else.
  static func list(from json: Data) throws(MalformedRelayRequest) -> [RelayCall] {
    guard let list = (try? JSONSerialization.jsonObject(with: json)) as? [Any] else {
      throw MalformedRelayRequest(reason: "the body must be a JSON array of {\"url\", \"arguments\"}")
    }
    var calls: [RelayCall] = []
    for (index, element) in list.enumerated() {
      guard let members = element as? [String: Any], let url = members["url"] as? String else {
        throw MalformedRelayRequest(reason: "\"url\" of element \(index) must be text")
      }
      let arguments = members["arguments"] ?? [Any]()
      guard let body = try? JSONSerialization.data(withJSONObject: arguments, options: .fragmentsAllowed) else {
        throw MalformedRelayRequest(reason: "\"arguments\" of element \(index) must be an array or an object")
      }
      calls.append(RelayCall(url: url, body: body))
    }
    return calls
  }
}

/// The body is not a request for ``TraceContextRelay``.
struct MalformedRelayRequest: Error, CustomStringConvertible {
  let reason: String

  var description: String { reason }
}
