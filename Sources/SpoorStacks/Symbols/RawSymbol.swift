// SPDX-License-Identifier: Apache-2.0

/// A function at an address, with a readable name.
struct RawSymbol: Sendable, Hashable {
  /// The name, in its short readable form if Swift's runtime can demangle it: `PaymentClient.charge(_:)`.
  let name: String
  let mangledName: String
  let file: String?
  let line: Int?
  let isInlined: Bool
  /// Whether it is a thunk: compiler-generated code that only forwards a call.
  let isThunk: Bool
  /// Whether it is the pseudo function that names the reason of a trap: `Swift runtime failure: arithmetic overflow`.
  let isRuntimeFailure: Bool
  /// Whether several functions share the same code; ``name`` is then that of one of them.
  var isMerged = false

  /// The name without the optimizer's prefixes.
  static func withoutOptimizerMarks(_ name: String) -> String {
    var rest = Substring(name)
    for mark in ["specialized ", "partial apply for ", "merged "] {
      while rest.hasPrefix(mark) { rest = rest.dropFirst(mark.count) }
    }
    return String(rest)
  }

  /// Whether a function without a line only forwards a call: a function reference, or the throw itself.
  static func passesOn(_ name: String) -> Bool {
    name.hasPrefix("implicit closure #") || name.hasPrefix("swift_willThrow")
  }

  private static let failurePrefix = "Swift runtime failure: "

  /// Creates a readable symbol.
  init(_ symbol: SymbolFile.Symbol) {
    // Line 0 and this path mean that the code has no line of the program.
    let hasPlace = symbol.line != nil && symbol.file?.hasSuffix("<compiler-generated>") == false
    mangledName = symbol.name
    name = Self.withoutOptimizerMarks(SymbolName.readable(symbol.name))
    file = hasPlace ? symbol.file : nil
    line = hasPlace ? symbol.line : nil
    isInlined = symbol.isInlined
    isRuntimeFailure = symbol.isInlined && symbol.name.hasPrefix(Self.failurePrefix)
    isThunk =
      !hasPlace && !isRuntimeFailure
      && (symbol.isInlined || SymbolName.isThunk(symbol.name) || Self.passesOn(name))
    isMerged = SymbolName.isMerged(symbol.name)
  }

  /// The module of a Swift symbol: the first identifier of its mangled name, or that of the module that extends it.
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

extension RawSymbol {
  /// Creates a symbol from its parts.
  init(
    name: String, mangledName: String, file: String?, line: Int?, isInlined: Bool, isThunk: Bool, isRuntimeFailure: Bool
  ) {
    self.name = name
    self.mangledName = mangledName
    self.file = file
    self.line = line
    self.isInlined = isInlined
    self.isThunk = isThunk
    self.isRuntimeFailure = isRuntimeFailure
  }
}

extension Substring.UTF8View {
  /// A length in decimal digits, followed by that many bytes.
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
