// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The built `order-flow` beside the tests' binary.
enum Binary {
  /// The result of a run.
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

  /// Starts it with `arguments` and a new directory, and with a new collector unless `collectorPort` or
  /// `ORDER_FLOW_COLLECTOR_PORT` names a running one.
  ///
  /// - Parameter withErrors: whether the output has standard error too.
  static func start(
    _ arguments: [String], collectorPort: Int? = nil, withErrors: Bool = false
  ) throws -> (process: Process, output: Pipe, directory: String) {
    let directory = newDirectory()
    let port =
      collectorPort.map { "\($0)" } ?? ProcessInfo.processInfo.environment["ORDER_FLOW_COLLECTOR_PORT"] ?? "0"
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments + ["--collector-port", port, "--directory", directory]
    let output = Pipe()
    process.standardOutput = output
    if withErrors { process.standardError = output }
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return (process, output, directory)
  }

  private static func newDirectory() -> String {
    FileManager.default.temporaryDirectory.path + "/order-flow-tests/\(UUID().uuidString)"
  }

  /// Runs `body` with the port of a collector, which outlives the runs that use it.
  static func withCollector<Value>(_ body: (Int) async throws -> Value) async throws -> Value {
    let directory = newDirectory()
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = ["collector", "--port", "0", "--directory", directory]
    // It ends with its standard input.
    let lifeline = Pipe()
    process.standardInput = lifeline
    try process.run()
    defer {
      process.terminate()
      process.waitUntilExit()
    }
    defer { try? lifeline.fileHandleForWriting.close() }
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
      if let text = try? String(contentsOfFile: "\(directory)/collector.port", encoding: .utf8), let port = Int(text) {
        return try await body(port)
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw NoPort()
  }

  private struct NoPort: Error {}

  /// Runs it until it ends.
  static func run(_ arguments: String...) async throws -> Outcome { try await run(arguments) }

  static func run(
    _ arguments: [String], collectorPort: Int? = nil, withErrors: Bool = false
  ) async throws -> Outcome {
    let (process, output, directory) = try start(arguments, collectorPort: collectorPort, withErrors: withErrors)
    return await Task.detached {
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return Outcome(status: process.terminationStatus, output: text, directory: directory)
    }.value
  }
}

extension Binary {
  /// Runs a line in a shell, as a reader does.
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
  /// The lines below `See it:`, except for the address, which is for a browser.
  var commands: [String] {
    output.split(separator: "\n").drop { $0 != "See it:" }.dropFirst().prefix { $0.hasPrefix("  ") }
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.hasPrefix("http") }
  }

  /// Runs each of ``commands`` in a shell, and expects success and output. Returns the outputs.
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

  /// The JSON objects of all `*.log` files, each with its file.
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
