// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorInspect
import SpoorTerminal

/// `spoor symbolicate`
struct SymbolicateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "symbolicate",
    abstract: "Names the functions, files and lines in stacks of stripped programs.",
    discussion: """
      Reads log files, or standard input, and writes them again. Each frame `module+0xOFFSET (build ID)` becomes the functions
      at that place, inlined ones first. Everything else is unchanged. The symbols come from the file with the same build
      ID: one of those given with --symbols, or one installed in /usr/lib/debug/.build-id.

      With a program or library and offsets, only those are named.

      Exit status: 0; 1 if a frame could not be named; 2 after an error, or if the file has another build ID than the one
      given.

      Examples:
        spoor symbolicate --symbols build/order-service orders.log
        kubectl logs orders | spoor symbolicate --symbols symbols/
        spoor symbolicate build/order-service 0x1a2b40 0x1a2c08
        spoor symbolicate --build-id 5af7183f… build/order-service 0x1a2b40
      """)

  @Option(
    name: .shortAndLong,
    help: "An unstripped program or library, a file with its symbols, or a folder of such files. Can be repeated.",
    completion: .file())
  var symbols: [String] = []

  @Option(help: "The build ID that the program must have; its beginning is enough.")
  var buildId: String?

  @Argument(
    help: "Log files, `-` for standard input; or a program and offsets from where it was loaded, in hexadecimal.",
    completion: .file())
  var inputs: [String] = []

  func run() throws {
    if let program = inputs.first, inputs.count > 1, let offsets = Self.offsets(inputs.dropFirst()) {
      return try name(offsets, in: program)
    }
    guard buildId == nil else { throw ValidationError("--build-id must be used with a program and offsets") }
    for input in inputs where input != "-" && StackNamer.functions(in: input, at: []) != nil {
      throw ValidationError(
        "\(PlainText.of(input)) is a program: offsets in hexadecimal must follow it, or --symbols must stand before it")
    }
    let namer = StackNamer(paths: try Self.files(symbols))
    var output = Output()
    var unnamed = 0
    var missing: [String] = []
    for input in inputs.isEmpty ? ["-"] : inputs {
      guard let lines = LineReader(path: input) else {
        output.flush()
        Output.complain("\(PlainText.of(input)): cannot be read")
        throw ExitCode(2)
      }
      while let line = lines.next(), !output.isClosed {
        let named = namer.named(line)
        unnamed += named.unnamed
        for build in named.missing where !missing.contains(build) { missing.append(build) }
        output.line(named.bytes)
        if lines.mayWait { output.flush() }
      }
    }
    output.flush()
    for build in missing.prefix(8) { Output.complain("no file with build ID \(build); use --symbols FILE") }
    if unnamed > 0 { throw ExitCode(1) }
  }

  /// The arguments as offsets; nil if one of them is a file or not a number.
  private static func offsets(_ texts: some Sequence<String>) -> [(text: String, value: UInt64)]? {
    var result: [(text: String, value: UInt64)] = []
    for text in texts {
      guard let value = UInt64(text.hasPrefix("0x") ? text.dropFirst(2) : text[...], radix: 16),
        text.hasPrefix("0x") || !FileManager.default.fileExists(atPath: text)
      else { return nil }
      result.append((text, value))
    }
    return result
  }

  private func name(_ offsets: [(text: String, value: UInt64)], in program: String) throws {
    guard let functions = StackNamer.functions(in: program, at: offsets.map(\.value)) else {
      Output.complain("\(PlainText.of(program)) must be a 64-bit little-endian ELF file, but is not")
      throw ExitCode(2)
    }
    let found = StackNamer.buildID(of: program)
    if let buildId, found?.hasPrefix(buildId.lowercased()) != true {
      Output.complain(
        "\(PlainText.of(program)) must have build ID \(PlainText.of(buildId)), but has \(found ?? "none")")
      throw ExitCode(2)
    }
    var output = Output()
    for (offset, functions) in zip(offsets, functions) {
      if functions.isEmpty { output.line("\(offset.text)  ?") }
      for (index, function) in functions.enumerated() {
        let head =
          index == 0 ? offset.text + "  " : String(repeating: " ", count: offset.text.count) + "  inlined into "
        output.line(head + PlainText.of(Self.text(function)))
      }
    }
    output.flush()
    if functions.contains(where: \.isEmpty) { throw ExitCode(1) }
  }

  private static func text(_ function: StackNamer.Function) -> String {
    let name = function.isMerged ? "\(function.name) (merged)" : function.name
    guard let file = function.file, let line = function.line else { return name }
    return "\(name) at \(file):\(line)"
  }

  /// The programs and libraries at paths; for a folder, those in it and its subfolders.
  private static func files(_ paths: [String]) throws -> [String] {
    var result: [String] = []
    for path in paths {
      var isFolder: ObjCBool = false
      guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw ValidationError("--symbols must be a file or a folder, but is \(PlainText.of(path))")
      }
      guard isFolder.boolValue else {
        result.append(path)
        continue
      }
      let names = FileManager.default.enumerator(atPath: path)
      while let name = names?.nextObject() as? String, result.count < 10_000 { result.append("\(path)/\(name)") }
    }
    return result
  }
}

/// The lines of a file or of standard input, one by one.
private final class LineReader {
  private let handle: FileHandle
  private var pending: [UInt8] = []
  private var start = 0
  private var hasEnded = false

  init?(path: String) {
    guard path != "-" else {
      handle = .standardInput
      return
    }
    guard let opened = FileHandle(forReadingAtPath: path) else { return nil }
    handle = opened
  }

  /// Whether reading the next line may block, so that output should be written before.
  var mayWait: Bool { !hasEnded && pending[start...].firstIndex(of: UInt8(ascii: "\n")) == nil }

  /// The next line without its end; nil after the last one.
  func next() -> [UInt8]? {
    while true {
      if let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        return Array(pending[start..<end])
      }
      if hasEnded {
        guard start < pending.count else { return nil }
        defer { start = pending.count }
        return Array(pending[start...])
      }
      pending.removeSubrange(..<start)
      start = 0
      let data = handle.availableData
      if data.isEmpty { hasEnded = true } else { pending += data }
    }
  }
}
