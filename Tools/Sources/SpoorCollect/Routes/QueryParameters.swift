import Hummingbird

/// The parameters of a request's address, as forms and browsers write them: `+` is a blank, which a URI's own rules do
/// not know.
struct QueryParameters {
  private let values: [String: String]

  /// Of a name that occurs more than once the first value counts.
  init(_ request: Request) {
    var values: [String: String] = [:]
    for part in (request.uri.query ?? "").split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.decoded(pair[0])
      if values[name] == nil { values[name] = pair.count > 1 ? Self.decoded(pair[1]) : "" }
    }
    self.values = values
  }

  subscript(_ name: String) -> String? { values[name] }

  /// What is no escape stands for itself; bytes that are no UTF-8 become U+FFFD.
  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2, rest.first.map({ $0 != UInt8(ascii: "+") }) == true,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
