// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing

/// Runs of `EndingProbe` that share a journal directory and an output file, and their collector.
final class EndingBench: Sendable {
  let server: SocketServer
  private let root = FileManager.default.temporaryDirectory.appending(path: "spoor-ending-\(UUID().uuidString)")

  /// - Parameter program: beside the tests' binary.
  init(
    program: String = "EndingProbe",
    _ reply: @escaping @Sendable (SocketServer.Request) -> SocketServer.Reply = { _ in .answer(202) }
  ) throws {
    self.program = Self.folder.appendingPathComponent(program)
    server = try SocketServer(reply)
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    try Data().write(to: output)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  var output: URL { root.appending(path: "lines") }
  /// What runs that got ``errorFile()`` wrote on standard error.
  var errors: URL { root.appending(path: "errors") }

  func errorFile() throws -> FileHandle {
    if !FileManager.default.fileExists(atPath: errors.path) { try Data().write(to: errors) }
    return FileHandle(fileDescriptor: unsafe open(errors.path, O_WRONLY | O_APPEND), closeOnDealloc: true)
  }

  /// What the probe reported of itself.
  var report: [String: Any] {
    let data = (try? Data(contentsOf: reportFile)) ?? Data()
    return ((try? JSONSerialization.jsonObject(with: data)) as? [String: Any]) ?? [:]
  }
  private var reportFile: URL { root.appending(path: "report") }

  var journal: String { root.appending(path: "journal").path }

  private let program: URL
  private static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// Starts a run; its lines go to ``output`` unless another file is given.
  ///
  /// - Parameters:
  ///   - shell: what a shell does before it becomes the program: `ulimit -f 1; exec "$@" >&-`.
  ///   - errors: standard error; nil for nowhere.
  ///   - limit: the argument of a shell's `ulimit` that the run is under.
  func start(
    _ mode: String, count: Int = 0, environment: [String: String] = [:], input: FileHandle = .nullDevice,
    output: FileHandle? = nil, errors: FileHandle? = nil, shell: String? = nil, limit: String? = nil
  ) throws -> Process {
    let shell = shell ?? limit.map { "ulimit \($0); exec \"$@\"" }
    let process = Process()
    let arguments = mode.split(separator: " ").map(String.init) + ["\(count)"]
    process.executableURL = shell == nil ? program : URL(filePath: "/bin/bash")
    process.arguments = shell.map { ["-c", $0, "bash", program.path] + arguments } ?? arguments
    process.environment = ProcessInfo.processInfo.environment.merging([
      "SPOOR_JOURNAL_DIR": journal, "PROBE_REPORT": reportFile.path, "SWIFT_BACKTRACE": "enable=no",
      "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:\(server.port)/api/v2/spans",
    ]) { $1 }.merging(environment) { $1 }
    process.standardError = errors ?? FileHandle.nullDevice
    process.standardInput = input
    let own = output == nil ? FileHandle(fileDescriptor: unsafe open(self.output.path, O_WRONLY | O_APPEND)) : nil
    defer { try? own?.close() }
    process.standardOutput = output ?? own
    try process.run()
    return process
  }

  /// Waits for the end of a run. One that does not end within five minutes is killed, and its test fails.
  @discardableResult
  func run(
    _ mode: String, count: Int = 0, environment: [String: String] = [:], output: FileHandle? = nil,
    errors: FileHandle? = nil, shell: String? = nil, limit: String? = nil
  ) throws -> Process {
    let process = try start(
      mode, count: count, environment: environment, output: output, errors: errors, shell: shell, limit: limit)
    let watchdog = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 300, execute: watchdog)
    process.waitUntilExit()
    watchdog.cancel()
    return process
  }

  /// Moves the files of another directory into this one.
  func adopt(_ directory: String) throws {
    try FileManager.default.createDirectory(
      atPath: journal, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
      try FileManager.default.moveItem(atPath: "\(directory)/\(name)", toPath: "\(journal)/\(name)")
    }
  }

  /// The records written so far. An invalid line is an error.
  func records() throws -> [[String: Any]] {
    try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(DecodedJSON.object)
  }

  /// The numbers of the lines `line`, in the order of arrival.
  func numbers() throws -> [Int] {
    try records().compactMap { $0["event"] as? String == "line" ? $0["number"] as? Int : nil }
  }

  func records(_ event: String) throws -> [[String: Any]] { try records().filter { $0["event"] as? String == event } }

  /// The delivered spans.
  var spans: [[String: Any]] {
    server.requests.flatMap { (try? DecodedJSON.objects($0.body)) ?? [] }
  }

  /// The size of the journal's files on disk, and their names.
  func files() -> (names: [String], bytes: Int) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: journal)) ?? []
    let bytes = names.reduce(0) { sum, name in
      let values = try? URL(filePath: "\(journal)/\(name)").resourceValues(forKeys: [.fileSizeKey])
      return sum + (values?.fileSize ?? 0)
    }
    return (names, bytes)
  }
}
