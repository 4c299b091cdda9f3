// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Other projects' programs.
enum PeerProcess {
  /// The checkout.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Runs a program to its end and returns what it wrote to its standard output.
  ///
  /// On a thread of its own: a wait on one of the few that run tasks would keep the collector from answering.
  static func run(_ program: String, _ arguments: [String]) async throws -> String {
    try await withCheckedThrowingContinuation { done in
      Thread.detachNewThread { done.resume(with: Result { try runWaiting(program, arguments) }) }
    }
  }

  private static func runWaiting(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(program) \(arguments)")
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
