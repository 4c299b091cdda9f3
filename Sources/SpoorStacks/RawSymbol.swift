/// A symbol as it was found.
struct RawSymbol: Sendable, Hashable {
  /// Readable and short where Swift's runtime made it so: `PaymentClient.charge(_:)`.
  let name: String
  let mangledName: String
  let file: String?
  let line: Int?
  let isInlined: Bool
  /// Made by the compiler to pass a call on.
  let isThunk: Bool
  /// The pseudo function that names why a program trapped: `Swift runtime failure: arithmetic overflow`.
  let isRuntimeFailure: Bool

  /// What the optimizer made of a function is called like the function.
  static func withoutOptimizerMarks(_ name: String) -> String {
    var rest = Substring(name)
    for mark in ["specialized ", "partial apply for ", "merged "] {
      while rest.hasPrefix(mark) { rest = rest.dropFirst(mark.count) }
    }
    return String(rest)
  }

  /// Functions without a line that only pass a call on: a function given by its name, and the throw itself.
  static func passesOn(_ name: String) -> Bool {
    name.hasPrefix("implicit closure #") || name.hasPrefix("swift_willThrow")
  }

  /// The module of a Swift symbol: the first identifier of its mangled name, or that of the extension it is from.
  var module: String? {
    guard var rest = mangledName.utf8.dropPrefix("$s") ?? mangledName.utf8.dropPrefix("_$s") else { return nil }
    if rest.starts(with: "Sc".utf8) { return "_Concurrency" }
    if rest.first == UInt8(ascii: "s") { return "Swift" }
    if rest.first == UInt8(ascii: "S") {
      rest = rest.dropFirst(2)  // a type of the standard library …
      guard let (name, after) = rest.identifier, after.first == UInt8(ascii: "E") else { return "Swift" }
      return name  // … extended in this module
    }
    return rest.identifier?.name
  }
}

extension Substring.UTF8View {
  /// A length in decimal digits and so many bytes.
  fileprivate var identifier: (name: String, rest: Substring.UTF8View)? {
    let digits = prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard let length = Int(Substring(digits)), length > 0, digits.first != UInt8(ascii: "0") else { return nil }
    let after = dropFirst(digits.count)
    guard after.count >= length else { return nil }
    return (String(Substring(after.prefix(length))), after.dropFirst(length))
  }
}

extension String.UTF8View {
  fileprivate func dropPrefix(_ prefix: String) -> Substring.UTF8View? {
    starts(with: prefix.utf8) ? dropFirst(prefix.utf8.count) : nil
  }
}
