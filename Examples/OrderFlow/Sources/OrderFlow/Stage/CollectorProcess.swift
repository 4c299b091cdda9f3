import AsyncHTTPClient

/// The collector of a run: the one that listens already, or one of our own.
struct CollectorProcess: Sendable {
  /// The name of its files in the run directory.
  static let name = "collector"

  /// Such as `http://127.0.0.1:9411`.
  let address: String
  /// `nil` when it was there before us, and stays.
  let process: ChildProcess?

  /// Takes the collector that listens on `port`, or starts one there.
  ///
  /// - Parameter port: 0 for one of our own on a free port.
  static func start(port: Int, directory: RunDirectory, http: HTTPClient) async throws -> CollectorProcess {
    let address = "http://127.0.0.1:\(port)"
    if port != 0, await http.answers(address + "/health") {
      return CollectorProcess(address: address, process: nil)
    }
    directory.forgetPort(of: Self.name)
    let process = try ChildProcess(
      name: Self.name, arguments: ["collector", "--port", "\(port)", "--directory", directory.path], environment: [:],
      directory: directory)
    do {
      let found = try await eventually("the collector answers", within: .seconds(30)) { () -> String? in
        if let ending = process.ending {
          throw EndedEarly(name: process.name, ending: ending, errors: directory.errors(of: process.name))
        }
        guard let port = directory.port(of: Self.name) else { return nil }
        let address = "http://127.0.0.1:\(port)"
        return await http.answers(address + "/health") ? address : nil
      }
      return CollectorProcess(address: found, process: process)
    } catch {
      await process.stop()
      throw error
    }
  }

  /// Stops the one that was started here.
  func stop() async {
    await process?.stop()
  }
}
