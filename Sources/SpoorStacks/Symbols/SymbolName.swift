// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Demangles names with the demangler of Swift's own runtime.
enum SymbolName {
  /// The readable form of a Swift or C++ name, `static Thrower.untyped()`; any other name unchanged.
  static func readable(_ mangled: String) -> String {
    let name = withoutSuffix(mangled)
    guard isMangled(name), isHarmless(name) else { return name }
    return unsafe name.withCString { name in
      guard let text = unsafe spoor_symbol_demangle(name) else { return unsafe String(cString: name) }
      defer { unsafe free(text) }
      return unsafe String(cString: text)  // the demangler ends it with a NUL
    }
  }

  /// Whether the function is a thunk: compiler-generated code that only forwards a call.
  static func isThunk(_ mangled: String) -> Bool {
    let name = withoutSuffix(mangled)
    guard name.utf8.starts(with: "$s".utf8), isHarmless(name) else { return false }
    return unsafe name.withCString { unsafe spoor_symbol_is_thunk($0) }
  }

  /// Whether several functions share the same code. The symbol has the name of one of them.
  static func isMerged(_ mangled: String) -> Bool {
    let name = withoutSuffix(mangled)
    return name.utf8.starts(with: "$s".utf8) && name.hasSuffix("Tm")
  }

  /// Removes LLVM's suffixes of parts of a function: `.resume.0`, `.cold.1`, `.llvm.4711`.
  private static func withoutSuffix(_ name: String) -> String {
    guard isMangled(name), let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) else { return name }
    return String(name[..<dot])
  }

  private static func isMangled(_ name: String) -> Bool {
    ["$s", "_$s", "$S", "_T0", "_Z"].contains { name.utf8.starts(with: $0.utf8) }
  }

  /// Whether demangling a name takes bounded memory. A mangled name refers to its own parts, and each level of nested
  /// generic types can double the readable text, so that 400 bytes can expand to terabytes. None of 54 000 names of a
  /// test bundle comes near the limit; a name beyond it stays mangled.
  private static func isHarmless(_ name: String) -> Bool {
    guard name.utf8.count <= 4096 else { return false }
    let isSwift = !name.utf8.starts(with: "_Z".utf8)
    let references = name.utf8.count { $0 == UInt8(ascii: isSwift ? "A" : "S") }
    let generics = isSwift ? name.utf8.count { $0 == UInt8(ascii: "G") } : references
    return min(references, generics) <= 14
  }
}
