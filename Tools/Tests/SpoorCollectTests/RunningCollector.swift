// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Testing

@testable import SpoorCollect

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A real collector on its own port during a test, and a real HTTP client.
struct RunningCollector {
  let port: Int
  /// The port for OTLP, if the configuration has one.
  var otlpPort: Int?

  static func with<Result: Sendable>(
    _ configuration: CollectorConfiguration = CollectorConfiguration(port: 0),
    _ body: @Sendable @escaping (RunningCollector) async throws -> Result
  ) async throws -> Result {
    var configuration = configuration
    configuration.port = 0
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let (otlpPorts, otlp) = AsyncStream.makeStream(of: Int.self)
    let hasOTLP = configuration.otlpPort != nil
    let collector = Collector(
      configuration: configuration, logger: logger, onListening: { continuation.yield($0) },
      onListeningForOTLP: { otlp.yield($0) })
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await collector.run() }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      var otlpIterator = otlpPorts.makeAsyncIterator()
      let otlpPort = hasOTLP ? await otlpIterator.next() : nil
      let result = try await body(RunningCollector(port: port, otlpPort: otlpPort))
      group.cancelAll()
      return result
    }
  }

  struct Answer {
    let status: Int
    let data: Data
    let headers: [String: String]
    var retryAfter: String? { headers["retry-after"] }
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

  /// The status and headers of the response to any method.
  func ask(_ method: String, _ path: String, _ body: Data? = nil, headers: [String: String] = [:]) async throws
    -> Answer
  {
    try await send(method, path, body, headers)
  }

  func post(_ path: String, _ body: Data, headers: [String: String] = [:], port: Int? = nil) async throws -> Answer {
    try await send("POST", path, body, headers, port: port)
  }

  private func send(
    _ method: String, _ path: String, _ body: Data?, _ headers: [String: String], port other: Int? = nil
  ) async throws -> Answer {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(other ?? port)\(path)")))
    request.httpMethod = method
    request.httpBody = body
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await URLSession.shared.data(for: request)
    let answer = try #require(response as? HTTPURLResponse)
    var fields: [String: String] = [:]
    for (name, value) in answer.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
    return Answer(status: answer.statusCode, data: data, headers: fields)
  }
}

/// A fixture file.
func fixture(_ name: String) throws -> Data {
  try Data(contentsOf: try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)))
}
