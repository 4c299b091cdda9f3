import Foundation
import Testing

/// `spoor symbolicate` on its own program, against binutils.
@Suite struct SymbolicateCommandTests {
  @Test func theBeginningOfMainIsNamed() throws {
    let table = try run(URL(filePath: "/usr/bin/nm"), ["--defined-only", spoor.path]).output
    let line = try #require(table.split(separator: "\n").first { $0.hasSuffix(" T main") })
    let address = String(line.prefix(16))
    let result = try run(spoor, ["symbolicate", spoor.path, "0x" + address])
    #expect(result.status == 0)
    #expect(result.output == "0x\(address)  main + 0\n")
  }

  @Test func swiftNamesAreReadable() throws {
    let table = try run(URL(filePath: "/usr/bin/nm"), ["--defined-only", spoor.path]).output
    let line = try #require(table.split(separator: "\n").first { $0.contains(" $s12SpoorCommand04GrepB0V3runyyKF") })
    let result = try run(spoor, ["symbolicate", spoor.path, String(line.prefix(16))])
    #expect(result.output.contains("SpoorCommand.GrepCommand.run() throws -> () + 0"))
  }

  @Test func aWrongBuildIDAndWhatIsNoProgramAreErrors() throws {
    let wrong = try run(spoor, ["symbolicate", "--build-id", "ffffffffffff", spoor.path, "0x10"])
    #expect(wrong.status == 2)
    let text = try run(spoor, ["symbolicate", #filePath, "0x10"])
    #expect(text.status == 2)
    let nowhere = try run(spoor, ["symbolicate", spoor.path, "0xffffffffffffff"])
    #expect(nowhere.status == 1)
  }
}
