import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

/// What stands between the services and the collector: passes spans on, refuses them, or is not there.
actor CollectorFront {
  /// What it does with what it is sent.
  enum Mode: Sendable {
    case passOn
    /// Takes everything, keeps nothing: a collector that costs nothing.
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

  /// Where it listens.
  var address: String { "http://127.0.0.1:\(port)" }
  /// Requests that were refused.
  var refused: Int { state.withLockedValue { $0.refused } }

  /// Requests that were taken.
  var taken: Int { state.withLockedValue { $0.taken } }

  func set(_ mode: Mode) {
    state.withLockedValue { $0.mode = mode }
  }

  /// Puts one in front of the stage's collector for as long as `body` runs.
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

  /// Listens, on the port that it had before if there was one.
  func start() async throws {
    let router = Router()
    router.post("api/v2/spans") { [state, http, collector] request, _ in
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
        var onward = HTTPClientRequest(url: collector + "/api/v2/spans")
        onward.method = .POST
        for name in [HTTPField.Name.contentType, .contentEncoding] {
          if let value = request.headers[name] { onward.headers.add(name: name.rawName, value: value) }
        }
        onward.body = .bytes(body)
        let answer = try await http.execute(onward, timeout: .seconds(10))
        _ = try await answer.body.collect(upTo: 1 << 16)
        return Response(status: .init(code: Int(answer.status.code)))
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

  /// Stops listening: connections are refused.
  func stop() async {
    server?.cancel()
    _ = await server?.result
    server = nil
  }
}
