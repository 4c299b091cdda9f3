// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `spoor symbolicate` on its own program, compared with binutils.
@Suite struct SymbolicateCommandTests {
  @Test func theBeginningOfMainIsNamed() throws {
    let table = try run(URL(filePath: "/usr/bin/nm"), ["--defined-only", spoor.path]).output
    let line = try #require(table.split(separator: "\n").first { $0.hasSuffix(" T main") })
    let address = String(line.prefix(16))
    let result = try run(spoor, ["symbolicate", spoor.path, "0x" + address])
    #expect(result.status == 0)
    // The linker may give the function a second name: SwiftPM's for tests, `SpoorCommand_main`.
    let names = table.split(separator: "\n").filter { $0.hasPrefix(address) }.compactMap {
      $0.split(separator: " ").last
    }
    #expect(names.contains { result.output.hasPrefix("0x\(address)  \($0)") }, "\(result.output)")
  }

  @Test func swiftNamesAreReadable() throws {
    let table = try run(URL(filePath: "/usr/bin/nm"), ["--defined-only", spoor.path]).output
    let line = try #require(table.split(separator: "\n").first { $0.contains(" $s12SpoorCommand04GrepB0V3runyyKF") })
    let result = try run(spoor, ["symbolicate", spoor.path, String(line.prefix(16))])
    #expect(result.output.contains("GrepCommand.run() at /"))
    #expect(result.output.contains("/GrepCommand.swift:"))
  }

  @Test(
    "frames in a log get their names, everything else is unchanged",
    arguments: [
      (#"{"stack":"FRAME\nFRAME","n":1}"#, #"{"stack":"NAME\nNAME","n":1}"#),
      (#"{"log":"{\"stack\":\"FRAME\"}"}"#, #"{"log":"{\"stack\":\"NAME\"}"}"#),
      ("  at FRAME, called by other+0x10 (build ff00ff)", "  at NAME, called by other+0x10 (build ff00ff)"),
    ])
  func logsAreNamed(line: String, expected: String) throws {
    let table = try run(URL(filePath: "/usr/bin/nm"), ["--defined-only", spoor.path]).output
    let symbol = try #require(table.split(separator: "\n").first { $0.contains(" $s12SpoorCommand04GrepB0V3runyyKF") })
    let notes = try run(URL(filePath: "/usr/bin/readelf"), ["-n", spoor.path]).output
    let build = try #require(notes.firstMatch(of: #/Build ID: ([0-9a-f]+)/#)?.1)
    let frame = "spoor+0x\(symbol.prefix(16)) (build \(build))"
    let input = line.replacingOccurrences(of: "FRAME", with: frame)
    let result = try run(spoor, ["symbolicate", "--symbols", spoor.path], input: Data((input + "\n").utf8))
    let pattern = "GrepCommand\\.run\\(\\) at GrepCommand\\.swift:[0-9]+"
    let output = result.output.replacingOccurrences(of: pattern, with: "NAME", options: .regularExpression)
    #expect(output == expected + "\n")
    #expect(result.status == (line.contains("other") ? 1 : 0))
  }

  @Test func aWrongBuildIDAndWhatIsNoProgramAreErrors() throws {
    let wrong = try run(spoor, ["symbolicate", "--build-id", "ffffffffffff", spoor.path, "0x10"])
    #expect(wrong.status == 2)
    let text = try run(spoor, ["symbolicate", #filePath, "0x10"])
    #expect(text.status == 2)
    let nowhere = try run(spoor, ["symbolicate", spoor.path, "0xffffffffffffff"])
    #expect(nowhere.status == 1)
    for arguments in [[spoor.path], [spoor.path, "0xzz"]] {
      let unclear = try run(spoor, ["symbolicate"] + arguments)
      #expect(unclear.status == 2 && unclear.output.isEmpty && unclear.errors.contains("is a program"))
    }
  }
}
