// SPDX-License-Identifier: Apache-2.0

/// The symbols of one program or library: its symbol table, and its debug information, which may be in another file.
///
/// Only one thread may use it at a time.
final class SymbolFile {
  /// A function at an address.
  struct Symbol: Hashable {
    /// The mangled name in the file.
    var name: String
    var file: String?
    var line: Int?
    var isInlined: Bool
  }

  private let budget: ReadingBudget
  private let elf: ElfFile
  private var table: SymbolTable?
  private var dwarf: DwarfReader?
  private var hasOpenedTable = false
  private var hasOpenedDwarf = false
  private let path: String

  /// The file's build ID in hex; nil if it has none.
  var buildID: String? { elf.buildID }

  /// The file's name without its directory.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  /// The memory that the reader keeps, in bytes.
  var reservedBytes: Int { budget.reserved }

  /// Opens a file and reads its headers.
  ///
  /// - Parameter name: the file's own path, if `path` is another name of it. The symbols of a stripped file are
  ///   searched beside it: see ``DebugFiles``.
  /// - Returns: nil if the file cannot be read or is not a 64-bit ELF file.
  init?(path: String, knownAs name: String? = nil, limits: ReadingBudget.Limits = .service) {
    self.path = name ?? path
    budget = ReadingBudget(limits)
    budget.restart()
    guard let file = OpenFile(path: path), let elf = ElfFile(ByteSource(file), budget) else { return nil }
    self.elf = elf
  }

  /// Reads the headers of a file that is in memory or already open.
  init?(_ source: ByteSource, limits: ReadingBudget.Limits) {
    path = ""
    budget = ReadingBudget(limits)
    budget.restart()
    guard let elf = ElfFile(source, budget) else { return nil }
    self.elf = elf
  }

  /// The functions at an address of the file, innermost first; empty if none is known.
  func symbols(at address: UInt64, detail: NameDetail) -> [Symbol] {
    guard detail > .off else { return [] }
    budget.restart()
    let function = symbolTable()?.find(address)?.name
    let places = detail >= .lines ? debugInformation()?.places(at: address, withInlined: detail == .inlined) ?? [] : []
    var symbols: [Symbol] = []
    for (index, place) in places.enumerated() {
      let isOutermost = index == places.count - 1
      // The symbol table has the name of the code itself; the debug information of merged functions has the name of one
      // of them.
      guard let name = isOutermost ? function ?? place.name : place.name else { continue }
      symbols.append(Symbol(name: name, file: place.file, line: place.line, isInlined: place.isInlined))
    }
    if symbols.isEmpty, let function { symbols = [Symbol(name: function, file: nil, line: nil, isInlined: false)] }
    return symbols
  }

  private func symbolTable() -> SymbolTable? {
    if hasOpenedTable { return table }
    hasOpenedTable = true
    // A stripped file exports some functions. The others are in its debug file, or in a compressed section.
    table =
      SymbolTable("symtab", in: elf, budget) ?? debugElf.flatMap { SymbolTable("symtab", in: $0, budget) }
      ?? SectionData.miniDebugFile(in: elf, budget).flatMap { ElfFile($0, budget) }
      .flatMap { SymbolTable("symtab", in: $0, budget) }
      ?? SymbolTable("dynsym", in: elf, budget)
    return table
  }

  private func debugInformation() -> DwarfReader? {
    if hasOpenedDwarf { return dwarf }
    hasOpenedDwarf = true
    dwarf = DwarfReader(elf, budget) ?? debugElf.flatMap { DwarfReader($0, budget) }
    return dwarf
  }

  /// The separate debug file, made by `strip` or `objcopy --only-keep-debug`.
  private lazy var debugElf: ElfFile? = DebugFiles.find(for: elf, at: path, budget)
}
