import Foundation

/// Programs that nobody here wrote, or that stand on such: run as a user would run them.
enum Peer {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// The checkout that this file is in.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Python with what `scripts/python-requirements.txt` pins; made when it is not there.
  static let python: Result<String, any Error> = Result {
    try run(root.appending(path: "scripts/python-env.sh").path, []).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// OpenZipkin's Go library behind a command line.
  static let zipkinGo: Result<String, any Error> = Result {
    let directory = root.appending(path: ".build/peers")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let binary = directory.appending(path: "zipkin-go").path
    _ = try run(
      root.appending(path: "Tests/Peers/build-zipkin-go.sh").path,
      [root.appending(path: "Tests/Peers/zipkin-go").path, binary])
    return binary
  }

  /// Runs a script of `Tests/Peers/python`.
  static func runPython(_ script: String, _ arguments: [String]) throws -> String {
    try run(python.get(), [root.appending(path: "Tests/Peers/python/\(script)").path] + arguments)
  }

  /// Runs a program to its end and gives its standard output.
  ///
  /// - Throws: ``Failure`` with all that it printed where its status is not 0.
  static func run(_ program: String, _ arguments: [String]) throws -> String {
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

  /// A new file of the temporary directory.
  static func temporaryFile(_ content: Data) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "spoor-export-\(UUID().uuidString)")
    try content.write(to: url)
    return url
  }
}
