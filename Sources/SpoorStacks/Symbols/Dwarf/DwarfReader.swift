// SPDX-License-Identifier: Apache-2.0

/// A place in the source: a function at an address.
struct DwarfPlace: Hashable {
  /// The function's mangled name, or its plain name if it has no mangled one; nil if the debug information has none.
  var name: String?
  var file: String?
  /// Nil for code that the compiler generated without a line.
  var line: Int?
  var isInlined: Bool
}

/// Finds the functions, files and lines of addresses in a file's debug information, DWARF 2 to 5.
///
/// A look-up reads one unit. The content of the unit is cached while the budget has room: the first address in a unit
/// takes milliseconds, later ones microseconds. Split files (`.dwo`) and supplementary files (`.gnu_debugaltlink`) are
/// not read.
final class DwarfReader {
  private let sections: DwarfSections
  private let units: DwarfUnits
  private var functions: [Int: DwarfFunctions] = [:]
  private var programs: [Int: LineProgram] = [:]
  /// Units that could not be read within the time or memory limit. They are not tried again.
  private var unreadable: Set<Int> = []

  /// Nil if the file has no debug information.
  init?(_ elf: ElfFile, _ budget: ReadingBudget) {
    guard let sections = DwarfSections(elf, budget) else { return nil }
    self.sections = sections
    units = DwarfUnits(sections)
    if units.units.isEmpty { return nil }
  }

  /// The places of an address of the file, innermost first. Empty if it has no debug information.
  ///
  /// - Parameter withInlined: whether inlined functions are included. If not, there is one place: the function that
  ///   contains the code, with the line of the code.
  func places(at address: UInt64, withInlined: Bool) -> [DwarfPlace] {
    for number in units.candidates(at: address) {
      let places = places(at: address, in: number, withInlined: withInlined)
      if !places.isEmpty { return places }
    }
    return []
  }

  private func places(at address: UInt64, in number: Int, withInlined: Bool) -> [DwarfPlace] {
    let program = program(number)
    let row = program?.row(at: address)
    let scopes = functions(number)?.scopes(at: address, withInlined: withInlined) ?? []
    guard row != nil || !scopes.isEmpty else { return [] }
    var file = row?.file ?? 0
    var line = row?.line ?? 0
    guard !scopes.isEmpty else { return [place(nil, program, file, line, isInlined: false)] }
    var places: [DwarfPlace] = []
    for (depth, scope) in scopes.enumerated().reversed() {
      let name = units.functionName(at: scope.name, sections)
      places.append(place(name, program, file, line, isInlined: depth > 0))
      (file, line) = (scope.callFile, scope.callLine)
    }
    return places
  }

  private func place(
    _ name: String?, _ program: LineProgram?, _ file: UInt64, _ line: UInt64, isInlined: Bool
  ) -> DwarfPlace {
    // Every compiler writes lines of 32 bits; a larger one means damage.
    let line = line > 0 && line <= UInt64(UInt32.max) ? Int(line) : nil
    return DwarfPlace(name: name, file: program?.path(of: file), line: line, isInlined: isInlined)
  }

  private func program(_ number: Int) -> LineProgram? {
    if let known = programs[number] { return known }
    return make(number) { LineProgram(units.units[number], sections) }.map {
      programs[number] = $0; return $0
    }
  }

  private func functions(_ number: Int) -> DwarfFunctions? {
    if let known = functions[number] { return known }
    return make(number) { DwarfFunctions(number, of: units, sections) }.map {
      functions[number] = $0; return $0
    }
  }

  /// Creates the cached content of a unit. If the budget has no room, the content of other units is evicted.
  private func make<Kept>(_ number: Int, _ body: () -> Kept?) -> Kept? {
    guard !unreadable.contains(number) else { return nil }
    if let made = body() { return made }
    if !sections.budget.isExhausted, !(functions.isEmpty && programs.isEmpty) {
      functions = functions.filter { $0.key == number }
      programs = programs.filter { $0.key == number }
      if let made = body() { return made }
    }
    unreadable.insert(number)
    return nil
  }
}
