import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SpoorModel

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the collector has, asked over Zipkin's API.
struct CollectorReader: Sendable {
  let address: String
  let http: HTTPClient

  /// The spans of a trace; empty while there are none.
  func spans(ofTrace traceID: String) async throws -> [ZipkinSpan] {
    let response = try await http.execute(
      HTTPClientRequest(url: "\(address)/api/v2/trace/\(traceID)"), timeout: .seconds(5))
    let body = try await response.body.collect(upTo: 64 << 20)
    if response.status == .notFound { return [] }
    guard response.status == .ok else {
      throw CollectorAnswer(status: response.status.code, text: String(buffer: body))
    }
    return try ZipkinJSONDecoder.spans(Array(body.readableBytesView))
  }

  /// The trace once nothing is missing between its spans and `isComplete` says so of it.
  ///
  /// - Throws: ``NotInTime``.
  func trace(
    _ traceID: String, within limit: Duration = .seconds(60), until isComplete: (TraceTree) -> Bool
  ) async throws -> TraceTree {
    try await eventually("the trace \(traceID) is complete", within: limit) {
      let tree = TraceTree(try await spans(ofTrace: traceID))
      return tree.isWhole && isComplete(tree) ? tree : nil
    }
  }
}

extension CollectorReader {
  private struct TraceWithLogs: Decodable {
    let logs: [[String: JSONValue]]
  }

  /// The log records of a trace in the order of their times; `nil` from a collector that takes no logs, as Zipkin.
  func logs(ofTrace traceID: String) async throws -> [LogRecord]? {
    let response = try await http.execute(
      HTTPClientRequest(url: "\(address)/api/spoor/trace/\(traceID)"), timeout: .seconds(5))
    let body = try await response.body.collect(upTo: 64 << 20)
    guard response.status == .ok else { return nil }
    return try JSONDecoder().decode(TraceWithLogs.self, from: Data(body.readableBytesView)).logs
      .map { LogRecord(fields: $0) }
  }
}

/// The collector answered with an error.
struct CollectorAnswer: Error, CustomStringConvertible {
  let status: UInt
  let text: String

  var description: String { "the collector answered \(status): \(text)" }
}

extension CollectorReader {
  /// Writes a trace to a file as the collector gives it.
  func save(_ traceID: String, to path: String) async throws {
    let response = try await http.execute(
      HTTPClientRequest(url: "\(address)/api/v2/trace/\(traceID)"), timeout: .seconds(5))
    let body = try await response.body.collect(upTo: 64 << 20)
    try Data(body.readableBytesView).write(to: URL(filePath: path))
  }
}

extension TraceTree {
  /// Whether it has one root and every parent that a span names.
  var isWhole: Bool { roots.count == 1 && nodes.allSatisfy { $0.span != nil } }
}
