internal import CSpoor

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Names out of the dynamic linker's table: for when there is no debug information. Files and lines are not there.
enum DynamicSymbols {
  /// The symbol at an address; nil if no exported one is near.
  static func symbol(at frame: StackFrame) -> RawSymbol? {
    var name: UnsafePointer<CChar>?
    var start: UInt64 = 0
    guard unsafe spoor_symbol_find(frame.lookupAddress, &name, &start), let name = unsafe name else { return nil }
    let mangled = unsafe String(cString: name)  // NUL-terminated by the linker
    var readable = mangled
    if let demangled = unsafe spoor_symbol_demangle(name) {
      readable = unsafe String(cString: demangled)
      unsafe free(demangled)
    }
    return RawSymbol(
      name: readable, mangledName: mangled, file: nil, line: nil, isInlined: false, isThunk: false,
      isRuntimeFailure: false)
  }
}
