import Foundation
import Testing

/// The built `order-flow`, beside the tests' own binary.
enum Binary {
  /// What a run left.
  struct Outcome {
    let status: Int32
    let output: String
    /// The directory of its logs, databases and traces.
    let directory: String
  }

  static let path: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(filePath: own).deletingLastPathComponent().path + "/order-flow"
  }()

  /// Starts it with `arguments`, a directory of its own, and a collector of its own unless `ORDER_FLOW_COLLECTOR_PORT`
  /// names one that listens.
  static func start(_ arguments: [String]) throws -> (process: Process, output: Pipe, directory: String) {
    let directory = FileManager.default.temporaryDirectory.path + "/order-flow-tests/\(UUID().uuidString)"
    let port = ProcessInfo.processInfo.environment["ORDER_FLOW_COLLECTOR_PORT"] ?? "0"
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments + ["--collector-port", port, "--directory", directory]
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return (process, output, directory)
  }

  /// Runs it to its end.
  static func run(_ arguments: String...) async throws -> Outcome { try await run(arguments) }

  static func run(_ arguments: [String]) async throws -> Outcome {
    let (process, output, directory) = try start(arguments)
    return await Task.detached {
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return Outcome(status: process.terminationStatus, output: text, directory: directory)
    }.value
  }
}

extension Binary {
  /// What a reader's shell makes of a line.
  static func paste(_ line: String) async throws -> (status: Int32, output: String) {
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = ["-c", line]
    let output = Pipe()
    shell.standardOutput = output
    shell.standardError = output
    try shell.run()
    return await Task.detached {
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      shell.waitUntilExit()
      return (shell.terminationStatus, text)
    }.value
  }
}

extension Binary.Outcome {
  /// What is printed below `See it:`, but for the address, which is for a browser.
  var commands: [String] {
    output.split(separator: "\n").drop { $0 != "See it:" }.dropFirst().prefix { $0.hasPrefix("  ") }
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.hasPrefix("http") }
  }

  /// Pastes each of ``commands`` into a shell: it has to end well and to show something. Returns what each showed.
  @discardableResult
  func expectCommandsToWork(
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> [(command: String, text: String)] {
    #expect(!commands.isEmpty, "\(output)", sourceLocation: sourceLocation)
    var shown: [(command: String, text: String)] = []
    for command in commands {
      let (status, text) = try await Binary.paste(command)
      #expect(status == 0 && !text.isEmpty, "\(command): \(text)", sourceLocation: sourceLocation)
      shown.append((command, text))
    }
    return shown
  }

  /// The JSON objects in all `*.log`, with the file that each stands in.
  func records() throws -> [(file: String, record: [String: Any])] {
    let files = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".log") }
    return try files.flatMap { file in
      try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8).split(separator: "\n").map { line in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return (file, try #require(object, "\(file): \(line)"))
      }
    }
  }

  /// The spans of the trace that the run saved.
  func spans() throws -> [[String: Any]] {
    let files = try FileManager.default.contentsOfDirectory(atPath: directory)
    let name = try #require(files.first { $0.hasPrefix("trace-") })
    let data = try Data(contentsOf: URL(filePath: "\(directory)/\(name)"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
  }
}
