// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorTestSupport

/// A receiver of OTLP as JSON on a socket: it keeps what it has accepted.
final class OTLPReceiver: Sendable {
  enum Signal: String, Sendable { case traces, logs }

  let server: SocketServer
  private let accepted = Locked<[(signal: Signal, body: [UInt8])]>([])

  /// - Parameter reply: the answer to a request; nil for 200 with an empty object.
  init(_ reply: @escaping @Sendable (Signal, Int) -> SocketServer.Reply? = { _, _ in nil }) throws {
    let accepted = self.accepted
    let count = Locked(0)
    server = try SocketServer { request in
      let signal: Signal = request.head.hasPrefix("POST /v1/traces ") ? .traces : .logs
      guard request.head.hasPrefix("POST /v1/\(signal.rawValue) ") else { return .answer(404) }
      let number = count.withLock { count in
        defer { count += 1 }
        return count
      }
      let reply = reply(signal, number) ?? .answer(200, headers: ["Content-Type: application/json"], body: "{}")
      if case .answer(let status, _, _) = reply, (200...299).contains(status) {
        accepted.withLock { $0.append((signal, request.body)) }
      }
      return reply
    }
  }

  var url: String { "http://127.0.0.1:\(server.port)" }

  /// What a program takes from its environment to send everything here.
  func environment(
    _ exporters: [String: String] = ["OTEL_TRACES_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "console,otlp"]
  )
    -> [String: String]
  {
    exporters.merging([
      "OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
      "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
    ]) { $1 }
  }

  private func parts(_ signal: Signal, _ list: String) -> [[String: Any]] {
    accepted.withLock { $0 }.filter { $0.signal == signal }
      .flatMap { (try? DecodedJSON.object(String(decoding: $0.body, as: UTF8.self)))?[list] as? [[String: Any]] ?? [] }
  }

  struct Record {
    let resource: [String: Any]
    let scope: String
    let fields: [String: Any]
    var attributes: [String: Any] { OTLPReceiver.attributes(fields) }
    var body: String { ((fields["body"] as? [String: Any])?["stringValue"] as? String) ?? "" }
  }

  private func records(_ signal: Signal, _ lists: (String, String, String)) -> [Record] {
    parts(signal, lists.0).flatMap { part in
      let resource = Self.attributes(part["resource"] as? [String: Any] ?? [:])
      return (part[lists.1] as? [[String: Any]] ?? []).flatMap { scope in
        (scope[lists.2] as? [[String: Any]] ?? []).map {
          Record(resource: resource, scope: (scope["scope"] as? [String: Any])?["name"] as? String ?? "", fields: $0)
        }
      }
    }
  }

  var spans: [Record] { records(.traces, ("resourceSpans", "scopeSpans", "spans")) }
  var logs: [Record] { records(.logs, ("resourceLogs", "scopeLogs", "logRecords")) }

  /// Attributes by key; whole numbers as they are written, which is text.
  static func attributes(_ message: [String: Any]) -> [String: Any] {
    var result: [String: Any] = [:]
    for pair in message["attributes"] as? [[String: Any]] ?? [] {
      guard let key = pair["key"] as? String else { continue }
      result[key] = (pair["value"] as? [String: Any])?.values.first ?? ""
    }
    return result
  }
}
