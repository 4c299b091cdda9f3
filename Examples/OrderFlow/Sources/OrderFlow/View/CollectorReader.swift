// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SpoorModel

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reads from the collector through Zipkin's API.
struct CollectorReader: Sendable {
  let address: String
  let http: HTTPClient

  /// The spans of a trace, empty if there are none.
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

  /// Waits until no span of the trace is missing and `isComplete` returns true, and returns the trace.
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

  /// The log records of a trace by time, or `nil` from a collector without logs, such as Zipkin.
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
  /// Writes a trace to a file as the collector returns it.
  func save(_ traceID: String, to path: String) async throws {
    let response = try await http.execute(
      HTTPClientRequest(url: "\(address)/api/v2/trace/\(traceID)"), timeout: .seconds(5))
    let body = try await response.body.collect(upTo: 64 << 20)
    try Data(body.readableBytesView).write(to: URL(filePath: path))
  }
}

extension TraceTree {
  /// Whether the trace has one root, and a span for every parent id.
  var isWhole: Bool { roots.count == 1 && nodes.allSatisfy { $0.span != nil } }
}
