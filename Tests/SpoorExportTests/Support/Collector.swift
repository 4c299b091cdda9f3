// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorJournal
import SpoorTestSupport

/// A server that accepts spans like Zipkin's server, unless a test overrides an answer, and notes the spans that it
/// answered with 2xx.
struct Collector {
  private struct Span: Decodable {
    let id: String
  }

  /// A request in the form that tests need.
  struct Request: Sendable {
    /// The number, from 0.
    let number: Int
    /// The span ids in the body.
    let spans: Set<String>
    let bytes: Int
  }

  private final class Ledger: Sendable {
    let entries = Locked<(requests: Int, accepted: Set<String>)>((0, []))
  }

  private let ledger = Ledger()
  private let server: SocketServer

  /// - Parameter reply: the answer to a request; nil for 202.
  init(_ reply: @escaping @Sendable (Request) -> SocketServer.Reply? = { _ in nil }) throws {
    let ledger = self.ledger
    server = try SocketServer { received in
      guard let spans = try? JSONDecoder().decode([Span].self, from: Data(received.body)) else {
        return .answer(400, body: "Malformed reading List<Span> from json")
      }
      let ids = Set(spans.map(\.id))
      let number = ledger.entries.withLock { entries in
        defer { entries.requests += 1 }
        return entries.requests
      }
      if let reply = reply(Request(number: number, spans: ids, bytes: received.body.count)) { return reply }
      ledger.entries.withLock { $0.accepted.formUnion(ids) }
      return .answer(202)
    }
  }

  var port: UInt16 { server.port }
  var url: String { "http://127.0.0.1:\(server.port)/api/v2/spans" }
  var requests: Int { ledger.entries.withLock { $0.requests } }
  var accepted: Set<String> { ledger.entries.withLock { $0.accepted } }
}
