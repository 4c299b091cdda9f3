import ArgumentParser
import Foundation
import SpoorTerminal

/// `spoor symbolicate`
struct SymbolicateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "symbolicate",
    abstract: "Names the functions at offsets of a program or library, from its unstripped file.",
    discussion: """
      Names come from the file's symbol table. Exit status: 0, 1 if an offset lies in no function, 2 after an error or
      if the file has another build id than the one given.

      Examples:
        spoor symbolicate build/order-service 0x1a2b40 0x1a2c08
        spoor symbolicate --build-id 5af7183f… build/order-service 0x1a2b40
      """)

  @Option(help: "The build id that the file must have; its beginning is enough.")
  var buildId: String?

  @Argument(help: "The file.", completion: .file())
  var file: String

  @Argument(help: "Offsets from where the file was loaded, in hexadecimal with or without 0x.")
  var offsets: [String]

  func run() throws {
    let symbols: ElfSymbols
    do {
      symbols = try ElfSymbols(path: file)
    } catch let failure as ElfSymbols.Failure {
      Output.complain(PlainText.of(failure.description))
      throw ExitCode(2)
    }
    if let buildId, symbols.buildID?.hasPrefix(buildId.lowercased()) != true {
      Output.complain("\(file): has build id \(symbols.buildID ?? "none"), expected \(PlainText.of(buildId))")
      throw ExitCode(2)
    }
    var output = Output()
    var isWhole = true
    for text in offsets {
      guard let offset = UInt64(text.hasPrefix("0x") ? text.dropFirst(2) : text[...], radix: 16) else {
        throw ValidationError("\(text): expected an offset in hexadecimal")
      }
      if let function = symbols.function(at: offset) {
        output.line("\(text)  \(PlainText.of(Self.demangled(function.name))) + \(offset - function.address)")
      } else {
        isWhole = false
        output.line("\(text)  ?")
      }
    }
    output.flush()
    if !isWhole { throw ExitCode(1) }
  }

  /// Swift's runtime has the demangler that fits its names.
  private static func demangled(_ name: String) -> String {
    typealias Demangle =
      @convention(c) (
        UnsafePointer<CChar>?, Int, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?, UInt32
      ) -> UnsafeMutablePointer<CChar>?
    guard let symbol = unsafe dlsym(nil, "swift_demangle") else { return name }
    // The signature is that of the runtime's `swift_demangle` (Demangling.md); the result is malloc's.
    let demangle = unsafe unsafeBitCast(symbol, to: Demangle.self)
    guard let text = unsafe demangle(name, name.utf8.count, nil, nil, 0) else { return name }
    defer { unsafe free(text) }
    return unsafe String(cString: text)
  }
}
