// SPDX-License-Identifier: Apache-2.0

import SpoorExport
import SpoorTestSupport
import Testing

@Suite("A hundred spans against a faulty collector: delivered + held + dropped = 100")
struct CollectorMatrixTests {
  /// The collector's behaviour at first, before it works.
  struct Trouble: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let requests: Int
    let reply: SocketServer.Reply

    init(_ description: String, _ requests: Int, _ reply: SocketServer.Reply) {
      (testDescription, self.requests, self.reply) = (description, requests, reply)
    }

    static let all = [
      Trouble("500 three times", 3, .answer(500, body: "oops")),
      Trouble("503 with Retry-After", 2, .answer(503, headers: ["Retry-After: 20"])),
      Trouble("429 with Retry-After", 2, .answer(429, headers: ["Retry-After: 20"])),
      Trouble("502 from a proxy", 4, .answer(502, body: "<html>Bad Gateway</html>")),
      Trouble("404 until it is configured", 4, .answer(404)),
      Trouble("301 to elsewhere", 2, .answer(301, headers: ["Location: http://127.0.0.1:1/"])),
      Trouble("hangs", 1, .hang),
      Trouble("closes without an answer", 3, .close),
      Trouble("closes within the answer's head", 3, .raw("HTTP/1.1 202 Acc")),
      Trouble("does not speak HTTP", 3, .raw("SSH-2.0-OpenSSH_9.2\r\n")),
      Trouble("answers without end", 2, .endless("HTTP/1.1 503 Busy\r\n\r\n")),
    ]
  }

  @Test("A temporary fault costs no span", arguments: Trouble.all)
  func passing(_ trouble: Trouble) throws {
    let collector = try Collector { $0.number < trouble.requests ? trouble.reply : nil }
    let consignment = try Consignment([collector.url])
    consignment.run(requests: trouble.requests)
    #expect(consignment.held.count == 100)
    consignment.expectAccounted(collector)
    consignment.run()
    #expect(consignment.delivered.count == 100)
    #expect(consignment.waits.count == trouble.requests)
    #expect(consignment.waits.allSatisfy { $0 >= .milliseconds(250) })
    if trouble.testDescription.contains("Retry-After") {
      #expect(consignment.waits.allSatisfy { $0 >= .seconds(20) && $0 <= .seconds(31) })
    }
    consignment.expectAccounted(collector)
  }

  @Test("A permanent fault costs no span, and requests back off", arguments: Trouble.all)
  func staying(_ trouble: Trouble) throws {
    let collector = try Collector { _ in trouble.reply }
    let consignment = try Consignment([collector.url])
    let requests = trouble.testDescription == "hangs" ? 5 : 30
    consignment.run(requests: requests)
    #expect(consignment.held.count == 100)
    #expect(consignment.waits.count == requests - 1)
    if requests > 10 { #expect(consignment.waits.suffix(10).allSatisfy { $0 >= .seconds(15) }) }
    consignment.expectAccounted(collector)
  }

  @Test("One invalid span among a hundred is dropped with the collector's reason", arguments: [0, 41, 99])
  func oneBad(index: Int) throws {
    let bad = Consignment.id(index)
    let collector = try Collector { $0.spans.contains(bad) ? .answer(400, body: "duration is negative") : nil }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.dropped.keys.sorted() == [index])
    #expect(consignment.dropped[index]?.status == 400)
    #expect(consignment.dropped[index]?.reason.hasSuffix("answered 400: duration is negative") == true)
    #expect(consignment.delivered.count == 99)
    #expect(collector.requests <= 15)
    consignment.expectAccounted(collector)
  }

  @Test("Several invalid spans are each found")
  func severalBad() throws {
    let bad = Set([0, 1, 50, 98].map(Consignment.id))
    let collector = try Collector { $0.spans.isDisjoint(with: bad) ? nil : .answer(400) }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.dropped.keys.sorted() == [0, 1, 50, 98])
    #expect(consignment.delivered.count == 96)
    consignment.expectAccounted(collector)
  }

  @Test(
    "A span that makes the collector fail is found while its neighbours are delivered, and is held without more spans")
  func oneBadWith500() throws {
    let bad = Consignment.id(41)
    let collector = try Collector { $0.spans.contains(bad) ? .answer(500, body: "NullPointerException") : nil }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.dropped.isEmpty && consignment.held == [41])
    #expect(consignment.delivered.count == 99)
    consignment.expectAccounted(collector)
  }

  @Test("A body that is too large is sent in smaller pieces")
  func tooLarge() throws {
    let collector = try Collector { $0.bytes > 5000 ? .answer(413) : nil }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.delivered.count == 100)
    consignment.expectAccounted(collector)
  }

  @Test("A collector that answers 413 to everything costs no span, and is not hammered")
  func tooLargeAlone() throws {
    let collector = try Collector { _ in .answer(413) }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.dropped.isEmpty && consignment.held.count == 100)
    #expect(consignment.waits.reduce(.zero, +) > .seconds(60))
    consignment.expectAccounted(collector)
  }

  @Test("A collector that answers every second request with 503 gets every span once")
  func halfOf() throws {
    let collector = try Collector { $0.number % 2 == 0 ? .answer(503) : nil }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.delivered.count == 100)
    consignment.expectAccounted(collector)
  }

  @Test("A collector that refuses TLS gets nothing, and the second one gets everything at once")
  func failover() throws {
    let plain = try SocketServer { _ in .answer(202) }
    let collector = try Collector()
    let consignment = try Consignment(["https://127.0.0.1:\(plain.port)/", collector.url])
    consignment.run()
    #expect(consignment.endpoints == [0, 1])
    #expect(consignment.waits.isEmpty)
    #expect(consignment.delivered.count == 100)
    #expect(plain.requests.isEmpty)
    consignment.expectAccounted(collector)
  }

  @Test("If TLS is refused and there is no other collector, all spans are held")
  func refusedTLS() throws {
    let plain = try SocketServer { _ in .answer(202) }
    let consignment = try Consignment(["https://127.0.0.1:\(plain.port)/"])
    consignment.run(requests: 4)
    #expect(consignment.held.count == 100)
    #expect(plain.requests.isEmpty)
  }

  @Test("After a time-out the next collector is used")
  func hangingFirst() throws {
    let hanging = try Collector { _ in .hang }
    let collector = try Collector()
    let consignment = try Consignment([hanging.url, collector.url])
    consignment.run()
    #expect(consignment.endpoints == [0, 1])
    consignment.expectAccounted(collector)
    #expect(hanging.accepted.isEmpty)
  }
}
