// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorStacks
import Testing

/// A run of `CrashProbe` and the file that it left.
struct Probe {
  let processID: Int32
  let wasKilledBySignal: Bool
  let errorText: String
  let area: [UInt8]

  var record: CrashRecord? { get throws { try CrashRecord.read(area) } }

  /// The program is beside the tests' binary.
  private static let program: URL = {
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return own.deletingLastPathComponent().appendingPathComponent("CrashProbe")
  }()

  static func run(_ mode: String, _ place: String, backtracer: Bool = false) async throws -> Probe {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("spoor-crash-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = program
    process.arguments = [mode, place, file.path]
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_BACKTRACE"] = backtracer ? "enable=yes,color=no,interactive=no" : "enable=no"
    process.environment = environment
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    let ended = AsyncStream<Void> { continuation in process.terminationHandler = { _ in continuation.finish() } }
    try process.run()
    let text = errors.fileHandleForReading.readDataToEndOfFile()
    for await _ in ended {}
    let area = try Data(contentsOf: file)
    return Probe(
      processID: process.processIdentifier, wasKilledBySignal: process.terminationReason == .uncaughtSignal,
      errorText: String(decoding: text, as: UTF8.self), area: [UInt8](area))
  }
}
