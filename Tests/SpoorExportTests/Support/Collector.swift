import Foundation
import SpoorJournal
import SpoorTestSupport

/// A server that takes spans as Zipkin's does, unless a test says otherwise, and notes those for which it answered 2xx.
struct Collector {
  private struct Span: Decodable {
    let id: String
  }

  /// A request as a test wants to see it.
  struct Request: Sendable {
    /// Counted from 0.
    let number: Int
    /// The ids in it.
    let spans: Set<String>
    let bytes: Int
  }

  private final class Ledger: Sendable {
    let entries = Locked<(requests: Int, accepted: Set<String>)>((0, []))
  }

  private let ledger = Ledger()
  private let server: SocketServer

  /// - Parameter reply: What to do with a request; nil is a 202.
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
