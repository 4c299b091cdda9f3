// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Calls `body` with a private directory that exists during the call.
func withScratch<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "spoor-grep-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  return try await body(directory)
}

/// Runs a program of this package or of the system to its end; standard input is empty.
@discardableResult
func run(_ program: URL, _ arguments: [String], input: Data = Data(), environment: [String: String] = [:]) throws -> (
  status: Int32, output: String, errors: String
) {
  let process = Process()
  process.executableURL = program
  process.arguments = arguments
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  let (output, errors, standardInput) = (Pipe(), Pipe(), Pipe())
  process.standardOutput = output
  process.standardError = errors
  process.standardInput = standardInput
  try process.run()
  try standardInput.fileHandleForWriting.write(contentsOf: input)
  try standardInput.fileHandleForWriting.close()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, text, complaints)
}

/// The command that was built with the tests.
let spoor = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.build/debug/spoor")
  .standardizedFileURL
