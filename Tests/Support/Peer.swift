// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// Other projects' programs, and programs that use their libraries.
package enum Peer {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// The checkout that contains this file.
  package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Python with the packages of `scripts/python-requirements.txt`; created if it is missing.
  package static let python: Result<String, any Error> = Result {
    try run(root.appending(path: "scripts/python-env.sh").path, []).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Python with the packages of `scripts/python-requirements-otlp.txt`; created if it is missing.
  static let pythonOTLP: Result<String, any Error> = Result {
    try run(root.appending(path: "scripts/python-env.sh").path, ["otlp"])
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A program that uses OpenZipkin's Go library.
  package static let zipkinGo: Result<String, any Error> = Result {
    let directory = root.appending(path: ".build/peers")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let binary = directory.appending(path: "zipkin-go").path
    _ = try run(
      root.appending(path: "Tests/Peers/build-zipkin-go.sh").path,
      [root.appending(path: "Tests/Peers/zipkin-go").path, binary])
    return binary
  }

  /// Runs a script of `Tests/Peers/python`.
  ///
  /// - Parameter environment: `otlp` for the packages of `scripts/python-requirements-otlp.txt`.
  package static func runPython(_ script: String, _ arguments: [String], environment: String? = nil) throws -> String {
    try run(
      (environment == nil ? python : pythonOTLP).get(),
      [root.appending(path: "Tests/Peers/python/\(script)").path] + arguments)
  }

  /// Runs a program and returns its standard output.
  ///
  /// - Throws: ``Failure`` with all of its output if the status is not 0.
  package static func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    let errors = try FileHandle(forUpdating: temporaryFile(Data()))
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      try errors.seek(toOffset: 0)
      let complaint = String(decoding: errors.readDataToEndOfFile(), as: UTF8.self)
      throw Failure(
        description: "\(program) \(arguments) ended with \(process.terminationStatus): \(printed)\(complaint)")
    }
    return printed
  }

  /// A new file in the temporary directory.
  package static func temporaryFile(_ content: Data) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "spoor-export-\(UUID().uuidString)")
    try content.write(to: url)
    return url
  }
}
