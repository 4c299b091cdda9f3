import Foundation
import SpoorTestSupport
import Testing

/// Runs of `EndingProbe` that share a journal's directory and an output file, and the collector that they ship to.
final class EndingBench: Sendable {
  let server: SocketServer
  private let root = FileManager.default.temporaryDirectory.appending(path: "spoor-ending-\(UUID().uuidString)")

  /// - Parameter program: lies beside the tests' own.
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
  var journal: String { root.appending(path: "journal").path }

  private let program: URL
  private static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// Starts a run; its lines go to ``output`` unless another file is given.
  func start(
    _ mode: String, count: Int = 0, environment: [String: String] = [:], output: FileHandle? = nil
  ) throws -> Process {
    let process = Process()
    process.executableURL = program
    process.arguments = mode.split(separator: " ").map(String.init) + ["\(count)"]
    process.environment = ProcessInfo.processInfo.environment.merging([
      "SPOOR_JOURNAL_DIR": journal, "SWIFT_BACKTRACE": "enable=no",
      "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:\(server.port)/api/v2/spans",
    ]) { $1 }.merging(environment) { $1 }
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    if let output {
      process.standardOutput = output
    } else {
      let descriptor = unsafe open(self.output.path, O_WRONLY | O_APPEND)
      process.standardOutput = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
    try process.run()
    return process
  }

  /// A run up to its end; one that has none within five minutes is killed, and its test sees it.
  @discardableResult
  func run(_ mode: String, count: Int = 0, environment: [String: String] = [:]) throws -> Process {
    let process = try start(mode, count: count, environment: environment)
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

  /// The records written so far; a line that is none is an error.
  func records() throws -> [[String: Any]] {
    try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "a torn line: \(line)")
    }
  }

  /// The numbers of the lines `line`, in the order in which they came.
  func numbers() throws -> [Int] {
    try records().compactMap { $0["event"] as? String == "line" ? $0["number"] as? Int : nil }
  }

  func records(_ event: String) throws -> [[String: Any]] { try records().filter { $0["event"] as? String == event } }

  /// The spans that were delivered.
  var spans: [[String: Any]] {
    server.requests.flatMap { ((try? JSONSerialization.jsonObject(with: Data($0.body))) as? [[String: Any]]) ?? [] }
  }

  /// Bytes of the journal's files on the disk, and their names.
  func files() -> (names: [String], bytes: Int) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: journal)) ?? []
    let bytes = names.reduce(0) { sum, name in
      let values = try? URL(filePath: "\(journal)/\(name)").resourceValues(forKeys: [.fileSizeKey])
      return sum + (values?.fileSize ?? 0)
    }
    return (names, bytes)
  }

  /// Waits until something is so, for at most 30 s.
  static func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
    for _ in 0..<3000 {
      if try condition() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("never: \(what)")
  }
}
