// SPDX-License-Identifier: Apache-2.0

/// A search of Zipkin's page as an address of this one:
/// `/zipkin/?serviceName=a&spanName=b&minDuration=1000&annotationQuery=c=d&lookback=15m`.
struct ZipkinLink {
  /// The query of the address with its `?`; empty if the link has no parameters.
  let query: String

  init(_ parameters: QueryParameters) {
    func text(_ name: String) -> String? { parameters[name].flatMap { $0.isEmpty || $0 == "all" ? nil : $0 } }
    var terms: [String] = []
    if let service = text("serviceName") { terms.append("service=\(Self.quoted(service))") }
    if let remote = text("remoteServiceName") { terms.append("remote=\(Self.quoted(remote))") }
    if let name = text("spanName") { terms.append("name=\(Self.quoted(name))") }
    if let least = text("minDuration").flatMap(Self.duration) { terms.append("span.duration>=\(least)") }
    if let most = text("maxDuration").flatMap(Self.duration) { terms.append("span.duration<=\(most)") }
    for part in (text("annotationQuery") ?? "").split(separator: " and ") {
      let term = part.split(separator: "=", maxSplits: 1)
      terms.append(term.count == 2 ? "\(term[0])=\(Self.quoted(String(term[1])))" : Self.quoted(String(part)))
    }
    var fields: [(String, String)] = []
    if !terms.isEmpty { fields.append(("q", terms.joined(separator: " "))) }
    if let end = text("endTs").flatMap({ Int64($0) }), let length = text("lookback").flatMap(Self.milliseconds) {
      fields += [("from", String(max(0, end - min(end, length)))), ("to", String(end))]
    } else if let length = text("lookback").flatMap(Self.milliseconds) {
      fields.append(("range", String(length)))
    }
    query =
      fields.isEmpty ? "" : "?" + fields.map { "\($0.0)=\(Self.escaped($0.1))" }.joined(separator: "&")
  }

  private static func quoted(_ text: String) -> String {
    text.contains { $0 == " " || $0 == "\"" || $0 == "(" || $0 == ")" }
      ? "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\""))\"" : text
  }

  /// Microseconds, or with a unit as Zipkin's page writes it: `10ms`.
  private static func duration(_ text: String) -> String? {
    guard let first = text.first, first.isASCII, first.isNumber, text.utf8.count <= 20,
      text.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isLetter || $0 == ".") })
    else { return nil }
    return text.last?.isNumber == true ? "\(text)us" : text
  }

  /// Milliseconds, or with a unit: `15m`, `2h`.
  private static func milliseconds(_ text: String) -> Int64? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let value = Int64(digits), value > 0, value < 1 << 50 else { return nil }
    switch text.dropFirst(digits.count) {
    case "", "ms": return value
    case "s": return value * 1000
    case "m": return value * 60_000
    case "h": return value * 3_600_000
    case "d": return value * 86_400_000
    default: return nil
    }
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
      }
    }
    return result
  }
}
