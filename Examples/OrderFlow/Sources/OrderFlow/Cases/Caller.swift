import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Calls one service from outside, and keeps what a case looks at.
struct Caller: Sendable {
  /// An answer, whatever its status.
  struct Reply: Sendable {
    let status: Int
    /// The trace that the service named.
    let traceID: String
    let body: Data
    let took: Duration

    /// The body as JSON; `nil` when it is something else.
    func decoded<Value: Decodable>(as type: Value.Type) -> Value? {
      try? JSONDecoder().decode(type, from: body)
    }
  }

  let address: String
  let http: HTTPClient

  /// Reads what lies at `path`.
  func get(_ path: String) async throws -> Reply {
    try await send(HTTPClientRequest(url: address + path))
  }

  /// Sends `value` as JSON.
  func post(_ path: String, _ value: some Encodable) async throws -> Reply {
    try await post(path, bytes: Array(try JSONEncoder().encode(value)))
  }

  /// Sends `value` as JSON, to replace what lies at `path`.
  func put(_ path: String, _ value: some Encodable) async throws -> Reply {
    try await send(path, .PUT, bytes: Array(try JSONEncoder().encode(value)))
  }

  /// Sends any body.
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
  /// A caller of one service.
  func caller(of role: ServiceRole) throws -> Caller {
    Caller(address: try address(of: role), http: http)
  }
}

/// Does `work` for each number below `count`, at most `width` at the same time.
///
/// - Returns: the results in the order of the numbers.
/// - Throws: the first error; the rest is cancelled.
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
