// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Calls one service from outside and returns the parts of the answer that cases check.
struct Caller: Sendable {
  /// An answer with any status.
  struct Reply: Sendable {
    let status: Int
    /// The trace id in the answer's header.
    let traceID: String
    let body: Data
    let took: Duration

    /// The body as JSON, or `nil` if it is not valid JSON.
    func decoded<Value: Decodable>(as type: Value.Type) -> Value? {
      try? JSONDecoder().decode(type, from: body)
    }
  }

  let address: String
  let http: HTTPClient

  /// Sends a GET request.
  func get(_ path: String) async throws -> Reply {
    try await send(HTTPClientRequest(url: address + path))
  }

  /// Sends a POST request with `value` as JSON.
  func post(_ path: String, _ value: some Encodable) async throws -> Reply {
    try await post(path, bytes: Array(try JSONEncoder().encode(value)))
  }

  /// Sends a PUT request with `value` as JSON.
  func put(_ path: String, _ value: some Encodable) async throws -> Reply {
    try await send(path, .PUT, bytes: Array(try JSONEncoder().encode(value)))
  }

  /// Sends a POST request with any body.
  func post(_ path: String, bytes: [UInt8]) async throws -> Reply {
    try await send(path, .POST, bytes: bytes)
  }

  private func send(_ path: String, _ method: HTTPMethod, bytes: [UInt8]) async throws -> Reply {
    var request = HTTPClientRequest(url: address + path)
    request.method = method
    request.headers.add(name: "content-type", value: "application/json")
    request.body = .bytes(ByteBuffer(bytes: bytes))
    return try await send(request)
  }

  private func send(_ request: HTTPClientRequest) async throws -> Reply {
    let began = ContinuousClock.now
    let response = try await http.execute(request, timeout: .seconds(30))
    let body = Data(try await response.body.collect(upTo: 1 << 20).readableBytesView)
    return Reply(
      status: Int(response.status.code), traceID: response.headers.first(name: "trace-id") ?? "", body: body,
      took: began.duration(to: .now))
  }
}

extension Stage {
  /// Makes a caller of one service.
  func caller(of role: ServiceRole) throws -> Caller {
    Caller(address: try address(of: role), http: http)
  }
}

/// Calls `work` for each number below `count`, with at most `width` calls at the same time.
///
/// - Returns: the results in the order of the numbers.
/// - Throws: the first error; the remaining calls are cancelled.
func concurrently<Value: Sendable>(
  _ count: Int, width: Int, _ work: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: (Int, Value).self) { group in
    var results = [Value?](repeating: nil, count: count)
    var next = 0
    while next < min(width, count) {
      let number = next
      group.addTask { (number, try await work(number)) }
      next += 1
    }
    while let (finished, value) = try await group.next() {
      results[finished] = value
      if next < count {
        let number = next
        group.addTask { (number, try await work(number)) }
        next += 1
      }
    }
    return results.compactMap { $0 }
  }
}
