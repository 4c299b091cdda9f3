// SPDX-License-Identifier: Apache-2.0

/// The switch for everything in this folder: whether Spoor reads the memory of types that belong to others.
///
/// Each file here holds one assumption about the memory of a type of Swift's, swift-log's or
/// swift-distributed-tracing's, and the self-check that runs before its first use. If the check fails, or the switch is
/// off, Spoor uses the public interface of the type. `docs/RUNTIME.md` lists the assumptions.
///
/// The files name the types directly, so this module imports swift-distributed-tracing. A generic form would move the
/// type's name, and with it the assumption, to the module that uses it.
public enum RuntimeShortcuts {
  /// The variable that switches them off.
  public static let variable = "SPOOR_RUNTIME_SHORTCUTS"

  /// False if the process's environment has `SPOOR_RUNTIME_SHORTCUTS=0` (or `false`). Read once, at the first use.
  public static let areAllowed = allows(unsafe getenv(variable).map { unsafe String(cString: $0) })

  /// Whether the layouts assumed here were compared with the sources of the compiler of this build. With a newer
  /// compiler a self-check may fail, and the shortcut is then not used; with a known one that is a bug.
  public static var isCompilerKnown: Bool {
    #if compiler(>=6.4)
      false
    #else
      true
    #endif
  }

  static func allows(_ value: String?) -> Bool {
    switch value?.lowercased() {
    case "0", "false": false
    default: true
    }
  }

  /// The result of a self-check, which runs only if shortcuts are allowed; otherwise false.
  static func hold(_ selfCheck: () -> Bool) -> Bool { areAllowed && selfCheck() }
}
