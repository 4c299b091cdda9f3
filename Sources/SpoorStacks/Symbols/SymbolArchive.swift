// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// Programs and libraries on disk, found by build ID, for commands that name the frames of other processes' stacks.
///
/// A look-up may take 60 s of processor time and 1 GiB of memory.
package final class SymbolArchive: Sendable {
  private let state: Locked<State>

  private struct State {
    let paths: [String]
    var files: [String: SymbolFile] = [:]
    var missing: Set<String> = []

    mutating func file(_ buildID: String) -> SymbolFile? {
      if let known = files[buildID] { return known }
      guard !missing.contains(buildID) else { return nil }
      let candidates = paths + (DebugFiles.path(ofBuild: buildID).map { [$0] } ?? [])
      for path in candidates where ElfFile.buildID(path: path) == buildID {
        guard let file = SymbolFile(path: path, limits: .command) else { continue }
        files[buildID] = file
        return file
      }
      missing.insert(buildID)
      return nil
    }
  }

  /// - Parameter paths: the files to search, in this order. Symbols in `/usr/lib/debug/.build-id` are always found.
  package init(paths: [String]) { state = Locked(State(paths: paths)) }

  /// The build ID of a file in hex; nil if it has none or is not a 64-bit ELF file.
  package static func buildID(path: String) -> String? { ElfFile.buildID(path: path) }

  /// Whether a file is a program or library whose symbols can be read.
  package static func isProgram(path: String) -> Bool { SymbolFile(path: path, limits: .command) != nil }

  /// The functions at an address of the file with a build ID, innermost first.
  ///
  /// - Parameters:
  ///   - buildID: the whole ID, in hex.
  ///   - offset: the address in the file: that of the call, not the one after it.
  ///   - withThunks: whether to include thunks, which only forward a call.
  /// - Returns: nil if no file has the build ID; empty if the file has no function at that address.
  package func functions(buildID: String, offset: UInt64, withThunks: Bool = false) -> [ResolvedFrame]? {
    state.withLock { state in
      guard let file = state.file(buildID) else { return nil }
      return Self.functions(file, offset, withThunks: withThunks)
    }
  }

  /// The functions at addresses of a file with a known path; nil if it is not a program.
  package static func functions(path: String, offsets: [UInt64]) -> [[ResolvedFrame]]? {
    guard let file = SymbolFile(path: path, limits: .command) else { return nil }
    return offsets.map { functions(file, $0, withThunks: true) }
  }

  private static func functions(_ file: SymbolFile, _ offset: UInt64, withThunks: Bool) -> [ResolvedFrame] {
    let symbols = file.symbols(at: offset, detail: .inlined).map(RawSymbol.init)
    var shown = withThunks ? symbols : symbols.filter { !$0.isThunk }
    // At least one function is kept, because a frame must not vanish from a stack that is already written.
    if shown.isEmpty, let last = symbols.last { shown = [last] }
    return shown.map { symbol in
      ResolvedFrame(
        function: symbol.name, module: symbol.module, file: symbol.file, line: symbol.line, image: file.name,
        buildID: file.buildID, offset: offset, isInlined: symbol.isInlined, isProject: false, isMerged: symbol.isMerged)
    }
  }
}
