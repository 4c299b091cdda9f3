// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Receivers that nobody here wrote (Rotel, OtelTap, the OpenTelemetry Collector) take everything that a process and
/// its killed predecessor recorded (`Tests/Peers/python/otlp_receivers.py`).
@Suite struct OTLPReceiverPeerTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let probe = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "EndingProbe")

  @Test(arguments: ["rotel_with_protobuf", "rotel_with_json", "rotel_with_gzip", "oteltap", "filelog"])
  func everySpanAndRecordComesOutOfTheReceiver(name: String) async throws {
    let python = try await Self.run(Self.root.appending(path: "scripts/python-env.sh"), ["otlp"])
    let script = Self.root.appending(path: "Tests/Peers/python/otlp_receivers.py")
    #expect(try await Self.run(URL(filePath: python), [script.path, name, Self.probe.path]) == "passed")
  }

  /// Runs a program to its end and returns its standard output.
  ///
  /// On a thread of its own, because a wait on a thread that runs tasks would delay other tests.
  private static func run(_ program: URL, _ arguments: [String]) async throws -> String {
    try await withCheckedThrowingContinuation { done in
      Thread.detachNewThread { done.resume(with: Result { try runWaiting(program, arguments) }) }
    }
  }

  private static func runWaiting(_ program: URL, _ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = program
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(program.lastPathComponent) \(arguments)")
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
