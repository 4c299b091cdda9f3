// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

/// A proxy between the services and the collector. It passes spans and log records on, refuses them, or does not
/// listen.
actor CollectorFront {
  /// What the proxy does with requests.
  enum Mode: Sendable {
    case passOn
    /// Accepts and discards everything, at no cost for a collector.
    case forget
    case refuse(HTTPResponse.Status, retryAfterSeconds: Int? = nil)
  }

  private struct State {
    var mode = Mode.passOn
    var refused = 0
    var taken = 0
  }

  private let collector: String
  private let http: HTTPClient
  private let state = NIOLockedValueBox(State())
  private var server: Task<Void, any Error>?
  private(set) var port = 0

  init(collector: String, http: HTTPClient) {
    self.collector = collector
    self.http = http
  }

  /// The proxy's address.
  var address: String { "http://127.0.0.1:\(port)" }
  /// The number of refused requests.
  var refused: Int { state.withLockedValue { $0.refused } }

  /// The number of accepted requests.
  var taken: Int { state.withLockedValue { $0.taken } }

  func set(_ mode: Mode) {
    state.withLockedValue { $0.mode = mode }
  }

  /// Runs `body` with a proxy in front of the stage's collector.
  static func with<Value: Sendable>(
    _ stage: Stage, mode: Mode = .passOn, _ body: (CollectorFront) async throws -> Value
  ) async throws -> Value {
    let front = CollectorFront(collector: stage.collector.address, http: stage.http)
    await front.set(mode)
    try await front.start()
    do {
      let value = try await body(front)
      await front.stop()
      return value
    } catch {
      await front.stop()
      throw error
    }
  }

  /// Listens, on the same port as before if it listened already.
  func start() async throws {
    let router = Router()
    for path in ["/api/v2/spans", "/v1/traces", "/v1/logs"] {
      router.post(RouterPath(path)) { [state, http, collector] request, _ in
        try await Self.answer(to: request, state, http, collector + path)
      }
    }
    let (ports, announced) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
      onServerRunning: { channel in
        announced.yield(channel.localAddress?.port ?? 0)
      }, logger: Logger(label: "front", factory: { _ in SwiftLogNoOpLogHandler() }))
    server = Task {
      defer { announced.finish() }
      try await application.run()
    }
    for await port in ports {
      self.port = port
      return
    }
    try await server?.value
  }

  private static func answer(
    to request: Request, _ state: NIOLockedValueBox<State>, _ http: HTTPClient, _ address: String
  ) async throws -> Response {
    let mode = state.withLockedValue { state in
      if case .refuse = state.mode { state.refused += 1 } else { state.taken += 1 }
      return state.mode
    }
    let body = try await request.body.collect(upTo: 64 << 20)
    switch mode {
    case .refuse(let status, let seconds):
      var headers = HTTPFields()
      headers[.retryAfter] = seconds.map(String.init)
      return Response(status: status, headers: headers)
    case .forget: return Response(status: .accepted)
    case .passOn:
      var onward = HTTPClientRequest(url: address)
      onward.method = .POST
      for name in [HTTPField.Name.contentType, .contentEncoding] {
        if let value = request.headers[name] { onward.headers.add(name: name.rawName, value: value) }
      }
      onward.body = .bytes(body)
      let answer = try await http.execute(onward, timeout: .seconds(10))
      let content = try await answer.body.collect(upTo: 4 << 20)
      return Response(status: .init(code: Int(answer.status.code)), body: ResponseBody(byteBuffer: content))
    }
  }

  /// Stops listening, so that connections are refused.
  func stop() async {
    server?.cancel()
    _ = await server?.result
    server = nil
  }
}
