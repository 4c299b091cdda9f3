// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorStacks

/// The symbol reader compared with `llvm-symbolizer`, on programs with all forms of debug information.
@Suite struct SymbolFileTests {
  /// A tool's result for an address: functions with their places, innermost first.
  private func expected(_ path: String, _ addresses: [UInt64]) throws -> [[String]] {
    let input = addresses.map { "0x" + String($0, radix: 16) }.joined(separator: "\n") + "\n"
    let output = try SampleProgram.run(
      "llvm-symbolizer", ["--obj=\(path)", "--no-demangle", "--inlines"], input: input)
    return output.components(separatedBy: "\n\n").dropLast().map { block in
      let lines = block.split(separator: "\n").map(String.init)
      return stride(from: 0, to: lines.count - 1, by: 2).map { index in
        // A place is FILE:LINE:COLUMN; ??:0:0 where there is none.
        let place = lines[index + 1].split(separator: ":").dropLast().joined(separator: ":")
        return "\(lines[index]) \(place.hasSuffix(":0") ? "-" : place)"
      }
    }
  }

  private func found(_ path: String, _ addresses: [UInt64], _ detail: NameDetail = .inlined) throws -> [[String]] {
    let file = try #require(SymbolFile(path: path, limits: .command))
    return addresses.map { address in
      file.symbols(at: address, detail: detail).map { symbol in
        guard let path = symbol.file, let line = symbol.line else { return "\(symbol.name) -" }
        return "\(symbol.name) \(path):\(line)"
      }
    }
  }

  @Test(
    "functions, files, lines and inlined functions equal those of llvm-symbolizer",
    arguments: [
      ["-gdwarf-4", "-O2"], ["-gdwarf-5", "-O2"], ["-gdwarf-2", "-O1"], ["-gdwarf-3", "-O2"], ["-gdwarf-5", "-O0"],
      ["-gdwarf-5", "-gdwarf64", "-O2"], ["-gdwarf-4", "-O2", "-gz=zlib"], ["-gdwarf-5", "-O3", "-gz=zlib"],
      ["-gdwarf-5", "-O2", "-flto"], ["-g1", "-O2"],
    ])
  func agreesWithLLVM(flags: [String]) throws {
    let program = try SampleProgram(flags: flags)
    defer { program.remove() }
    let addresses = try program.addresses()
    let (ours, theirs) = (try found(program.path, addresses), try expected(program.path, addresses))
    #expect(addresses.count > 100)
    #expect(ours.count == theirs.count)
    for (address, (our, their)) in zip(addresses, zip(ours, theirs)) where our != their {
      Issue.record("0x\(String(address, radix: 16)): \(our), expected \(their)")
    }
  }

  @Test("less detail omits lines and inlined functions")
  func details() throws {
    let program = try SampleProgram(flags: ["-gdwarf-5", "-O2"])
    defer { program.remove() }
    let addresses = try program.addresses()
    #expect(try found(program.path, addresses, .off).allSatisfy(\.isEmpty))
    #expect(try found(program.path, addresses, .functions).allSatisfy { $0.count == 1 && $0[0].hasSuffix(" -") })
    #expect(try found(program.path, addresses, .lines).allSatisfy { $0.count == 1 })
    #expect(try found(program.path, addresses).contains { $0.count == 3 })
  }

  @Test(
    "a stripped program has the names of its debug file, found by its link",
    arguments: ["sample.debug", ".debug/sample.debug"])
  func debugLink(place: String) throws {
    let program = try SampleProgram(flags: ["-gdwarf-5", "-O2"])
    defer { program.remove() }
    let addresses = try program.addresses()
    let whole = try found(program.path, addresses)
    try FileManager.default.createDirectory(atPath: program.file(".debug"), withIntermediateDirectories: true)
    let debugFile = program.file("sample.debug")
    try SampleProgram.run("llvm-objcopy", ["--only-keep-debug", program.path, debugFile])
    try SampleProgram.run("llvm-objcopy", ["--strip-all", "--add-gnu-debuglink=\(debugFile)", program.path])
    if place != "sample.debug" { try FileManager.default.moveItem(atPath: debugFile, toPath: program.file(place)) }
    #expect(try found(program.path, addresses) == whole)
    // A file of another build is not used.
    let other = try SampleProgram(flags: ["-gdwarf-5", "-O1"])
    defer { other.remove() }
    try SampleProgram.run("llvm-objcopy", ["--only-keep-debug", other.path, program.file(place)])
    #expect(try found(program.path, addresses).allSatisfy(\.isEmpty))
  }

  @Test("a program without debug information has functions, one without symbols has none")
  func stripped() throws {
    let program = try SampleProgram(flags: ["-gdwarf-5", "-O2"])
    defer { program.remove() }
    let addresses = try program.addresses()
    let functions = try found(program.path, addresses, .functions)
    try SampleProgram.run("llvm-objcopy", ["--strip-debug", program.path])
    #expect(try found(program.path, addresses) == functions)
    try SampleProgram.run("llvm-objcopy", ["--strip-all", program.path])
    #expect(try found(program.path, addresses).allSatisfy(\.isEmpty))
  }

  @Test("debug information that does not fit into the budget is not used, and functions are still found")
  func smallBudget() throws {
    let program = try SampleProgram(flags: ["-gdwarf-5", "-O2", "-gz=zlib"])
    defer { program.remove() }
    let addresses = try program.addresses()
    let functions = try found(program.path, addresses, .functions)
    let limits = ReadingBudget.Limits(nanoseconds: 1_000_000_000, bytes: 1024)
    let file = try #require(SymbolFile(path: program.path, limits: limits))
    #expect(addresses.map { file.symbols(at: $0, detail: .inlined).map { "\($0.name) -" } } == functions)
    #expect(file.reservedBytes <= 1024)
  }

  @Test("a file that is truncated while it is read gives fewer results and raises no signal")
  func truncated() throws {
    let program = try SampleProgram(flags: ["-gdwarf-5", "-O2"])
    defer { program.remove() }
    let addresses = try program.addresses()
    let file = try #require(SymbolFile(path: program.path))
    #expect(!file.symbols(at: addresses[0], detail: .functions).isEmpty)
    #expect(unsafe truncate(program.path, 4096) == 0)
    for address in addresses { _ = file.symbols(at: address, detail: .inlined) }
    #expect(file.symbols(at: addresses[0], detail: .inlined).isEmpty)
  }

  @Test("other files are refused", arguments: ["/dev/null", "/proc/self/maps", "/", "/nowhere", #filePath])
  func noProgram(path: String) { #expect(SymbolFile(path: path) == nil) }

  @Test("the build ID is the one that the loader sees")
  func buildID() throws {
    let own = try #require(LoadedImages.current().images.first { $0.path == LoadedImages.programPath })
    #expect(!own.buildID.isEmpty)
    #expect(ElfFile.buildID(path: own.path) == own.buildID)
  }
}
