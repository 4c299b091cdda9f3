/// What of a text stands in a log line byte by byte, however its writer escapes.
enum Literal {
  /// The longest run of ASCII letters, digits, `_`, `-` and, unless names are nested there, `.`.
  static func longestRun(_ text: String, splitAtDots: Bool = false) -> [UInt8] {
    let runs = text.utf8.split { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        false
      case UInt8(ascii: "."): splitAtDots
      default: true
      }
    }
    return runs.max { $0.count < $1.count }.map { Array($0) } ?? []
  }
}
