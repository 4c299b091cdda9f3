import Foundation
import Logging
import Testing

@testable import SpoorCollect

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A real collector on a port of its own, for the length of a test, and a real HTTP client towards it.
struct RunningCollector {
  let port: Int

  static func with<Result: Sendable>(
    _ configuration: CollectorConfiguration = CollectorConfiguration(port: 0),
    _ body: @Sendable @escaping (RunningCollector) async throws -> Result
  ) async throws -> Result {
    var configuration = configuration
    configuration.port = 0
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let collector = Collector(configuration: configuration, logger: logger) { continuation.yield($0) }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await collector.run() }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      let result = try await body(RunningCollector(port: port))
      group.cancelAll()
      return result
    }
  }

  struct Answer {
    let status: Int
    let data: Data
    let retryAfter: String?
    var text: String { String(decoding: data, as: UTF8.self) }
    var json: Any? { try? JSONSerialization.jsonObject(with: data) }
  }

  /// A sample of `/metrics`.
  func metric(_ name: String) async throws -> Int {
    let lines = try await get("/metrics").text.split(separator: "\n")
    let line = try #require(lines.first { $0.hasPrefix("\(name) ") })
    return try #require(Int(line.split(separator: " ")[1]))
  }

  func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
    try await send("GET", path, nil, headers)
  }

  func post(_ path: String, _ body: Data, headers: [String: String] = [:]) async throws -> Answer {
    try await send("POST", path, body, headers)
  }

  private func send(_ method: String, _ path: String, _ body: Data?, _ headers: [String: String]) async throws -> Answer
  {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
    request.httpMethod = method
    request.httpBody = body
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await URLSession.shared.data(for: request)
    let answer = try #require(response as? HTTPURLResponse)
    return Answer(
      status: answer.statusCode, data: data, retryAfter: answer.value(forHTTPHeaderField: "Retry-After"))
  }
}

/// A file of the fixtures.
func fixture(_ name: String) throws -> Data {
  try Data(contentsOf: try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)))
}
