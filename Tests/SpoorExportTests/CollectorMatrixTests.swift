import SpoorExport
import SpoorTestSupport
import Testing

@Suite("A hundred spans against a collector that misbehaves: delivered + held + dropped = 100")
struct CollectorMatrixTests {
  /// What a collector does at first, before it comes to its senses.
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
      Trouble("closes without a word", 3, .close),
      Trouble("closes in its answer's head", 3, .raw("HTTP/1.1 202 Acc")),
      Trouble("speaks no HTTP", 3, .raw("SSH-2.0-OpenSSH_9.2\r\n")),
      Trouble("answers without end", 2, .endless("HTTP/1.1 503 Busy\r\n\r\n")),
    ]
  }

  @Test("Trouble that passes costs no span", arguments: Trouble.all)
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

  @Test("Trouble that stays costs no span, and does not make us hammer", arguments: Trouble.all)
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

  @Test("One bad span among a hundred is dropped with the collector's reason", arguments: [0, 41, 99])
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

  @Test("Several bad spans are each found")
  func severalBad() throws {
    let bad = Set([0, 1, 50, 98].map(Consignment.id))
    let collector = try Collector { $0.spans.isDisjoint(with: bad) ? nil : .answer(400) }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.dropped.keys.sorted() == [0, 1, 50, 98])
    #expect(consignment.delivered.count == 96)
    consignment.expectAccounted(collector)
  }

  @Test("A span that makes the collector fail is found, for its neighbours are taken")
  func oneBadWith500() throws {
    let bad = Consignment.id(41)
    let collector = try Collector { $0.spans.contains(bad) ? .answer(500, body: "NullPointerException") : nil }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.dropped.keys.sorted() == [41])
    #expect(consignment.dropped[41]?.status == 500)
    #expect(consignment.delivered.count == 99)
    consignment.expectAccounted(collector)
  }

  @Test("What is too large is sent in smaller pieces")
  func tooLarge() throws {
    let collector = try Collector { $0.bytes > 5000 ? .answer(413) : nil }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.delivered.count == 100)
    consignment.expectAccounted(collector)
  }

  @Test("A span that is too large alone is dropped")
  func tooLargeAlone() throws {
    let collector = try Collector { _ in .answer(413) }
    let consignment = try Consignment([collector.url])
    consignment.run()
    #expect(consignment.dropped.count == 100)
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

  @Test("A collector that refuses TLS gets nothing; the second one gets it all at once")
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

  @Test("Where TLS is refused and there is no other collector, all is held")
  func refusedTLS() throws {
    let plain = try SocketServer { _ in .answer(202) }
    let consignment = try Consignment(["https://127.0.0.1:\(plain.port)/"])
    consignment.run(requests: 4)
    #expect(consignment.held.count == 100)
    #expect(plain.requests.isEmpty)
  }

  @Test("A collector that hangs is left for the next one")
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
