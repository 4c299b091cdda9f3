import Foundation

/// One call that a request asks for: where to, and what to send there.
struct RelayCall {
  let url: String
  /// JSON, as it came.
  let body: Data

  /// Reads `[{"url": …, "arguments": …}, …]`.
  ///
  /// - Throws: ``MalformedRelayRequest`` for anything else.
  static func list(from json: Data) throws(MalformedRelayRequest) -> [RelayCall] {
    guard let list = (try? JSONSerialization.jsonObject(with: json)) as? [Any] else {
      throw MalformedRelayRequest(reason: "expected a JSON array of {\"url\", \"arguments\"}")
    }
    var calls: [RelayCall] = []
    for (index, element) in list.enumerated() {
      guard let members = element as? [String: Any], let url = members["url"] as? String else {
        throw MalformedRelayRequest(reason: "element \(index) has no \"url\" that is text")
      }
      let arguments = members["arguments"] ?? [Any]()
      guard let body = try? JSONSerialization.data(withJSONObject: arguments, options: .fragmentsAllowed) else {
        throw MalformedRelayRequest(reason: "\"arguments\" of element \(index) cannot be sent on")
      }
      calls.append(RelayCall(url: url, body: body))
    }
    return calls
  }
}

/// A body that is not what ``TraceContextRelay`` takes.
struct MalformedRelayRequest: Error, CustomStringConvertible {
  let reason: String

  var description: String { reason }
}
