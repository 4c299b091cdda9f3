// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SpoorInspect

/// An agent with its address for health, metrics and open spans.
struct AgentService: Service {
  let agent: JournalAgent
  /// Nil for no address.
  let address: (host: String, port: Int)?
  let logger: Logger

  func run() async throws {
    if let address {
      let application = Application(
        router: router, configuration: .init(address: .hostname(address.host, port: address.port), serverName: "spoor"),
        logger: logger)
      do {
        try await application.run()
      } catch {
        await agent.shutdown(timeout: .seconds(5))
        throw error
      }
    } else {
      try? await gracefulShutdown()
    }
    await agent.shutdown(timeout: .seconds(5))
  }

  private var router: Router<BasicRequestContext> {
    let router = Router()
    router.addMiddleware { HostCheck(listening: address?.host ?? "") }
    router.get("/") { [agent] _, _ in Self.text(LiveReport.text(agent.liveSpans(), limit: 1000)) }
    router.get("/metrics") { [agent] _, _ in Self.text(AgentMetrics.text(agent.status)) }
    router.get("/health") { [agent] _, _ in
      let status = agent.status
      let text = status.isRunning ? "running" : "stopped"
      let delivery = status.lastFailure.map { "not delivering: \($0)" } ?? "delivering"
      // A collector that is down is no reason to restart the agent.
      return Self.text("\(text), \(delivery)\n", status: status.isRunning ? .ok : .serviceUnavailable)
    }
    return router
  }

  private static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// Refuses requests for a foreign host name, which a page in a browser could send by rebinding its own name.
private struct HostCheck<Context: RequestContext>: RouterMiddleware {
  /// The address on which the server listens.
  let listening: String

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var host = request.head.authority ?? ""
    if let bracket = host.lastIndex(of: "]") {
      host = String(host[...bracket])
    } else if let colon = host.lastIndex(of: ":") {
      host = String(host[..<colon])
    }
    let isAddress = host.hasPrefix("[") || host.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard isAddress || host == listening || host.lowercased() == "localhost" else {
      throw HTTPError(.misdirectedRequest, message: "Unknown host")
    }
    return try await next(request, context)
  }
}

/// An agent's counters in the text format of Prometheus.
enum AgentMetrics {
  static func text(_ status: JournalAgent.Status) -> String {
    var text = ""
    func add(_ name: String, _ type: String, _ help: String, _ values: [(labels: String, value: Int)]) {
      text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
      for (labels, value) in values { text += "\(name)\(labels) \(value)\n" }
    }
    add("spoor_agent_spans_adopted_total", "counter", "Spans in adopted journals.", [("", status.adoptedSpans)])
    add("spoor_agent_spans_sent_total", "counter", "Spans that a collector has acknowledged.", [("", status.sentSpans)])
    add(
      "spoor_agent_spans_dropped_total", "counter", "Spans that were dropped.",
      status.droppedSpans.sorted { $0.key < $1.key }.map { ("{reason=\"\($0.key)\"}", $0.value) })
    add("spoor_agent_spans_held", "gauge", "Spans of adopted journals that no collector has.", [("", status.heldSpans)])
    add("spoor_agent_lines_written_total", "counter", "Log lines that were written.", [("", status.writtenLines)])
    add("spoor_agent_lines_dropped_total", "counter", "Log lines that were lost.", [("", status.droppedLines)])
    add(
      "spoor_agent_delivering", "gauge", "1 unless the last request to a collector failed.",
      [("", status.lastFailure == nil ? 1 : 0)])
    return text
  }
}
