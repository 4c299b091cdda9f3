// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal
import Testing

@testable import SpoorExport

@Suite("The remote endpoint")
struct RemoteEndpointTests {
  struct Row: Sendable {
    let kind: SpanRecordKind
    let attributes: [(String, String)]
    let expected: String
  }

  /// The endpoint as `name address port`.
  private static func endpoint(_ kind: SpanRecordKind, _ attributes: [(String, String)]) -> String {
    var recorded = Recorded()
    recorded.kind = kind
    for (key, value) in attributes { recorded.attribute(key, value) }
    return recorded.withRecord { record in
      let endpoint = SpanSummary(record).peer.endpoint
      var text = GrowingBytes()
      if let name = endpoint.serviceName { unsafe text.append(name.bytes) } else { text.append("-" as StaticString) }
      text.append(" " as StaticString)
      if let address = endpoint.address { text.append(address) } else { text.append("-" as StaticString) }
      text.append(" " as StaticString)
      text.appendDecimal(UInt64(endpoint.port))
      return String(decoding: text.array(), as: UTF8.self)
    }
  }

  static let rows: [Row] = [
    // C3: the broker of a producer and a consumer.
    Row(kind: .producer, attributes: [("messaging.system", "kafka")], expected: "kafka - 0"),
    Row(
      kind: .consumer, attributes: [("messaging.system", "kafka"), ("messaging.destination.name", "orders")],
      expected: "orders - 0"),
    Row(
      kind: .producer,
      attributes: [
        ("peer.service", "broker"), ("messaging.destination.name", "orders"), ("messaging.system", "kafka"),
        ("server.address", "kafka-1.internal"), ("server.port", "9092"),
      ], expected: "broker - 9092"),
    Row(
      kind: .producer,
      attributes: [("server.address", "kafka-1.internal"), ("messaging.destination.name", "orders")],
      expected: "orders - 0"),
    Row(
      kind: .consumer, attributes: [("messaging.destination", "orders"), ("network.peer.address", "10.0.0.7")],
      expected: "orders 10.0.0.7 0"),
    Row(kind: .producer, attributes: [("server.address", "kafka-1.internal")], expected: "kafka-1.internal - 0"),
    Row(kind: .client, attributes: [("messaging.destination.name", "orders")], expected: "- - 0"),
    // C6: names and addresses.
    Row(kind: .client, attributes: [("service.peer.name", "payment")], expected: "payment - 0"),
    Row(kind: .server, attributes: [("service.peer.name", "gateway")], expected: "gateway - 0"),
    Row(
      kind: .client, attributes: [("service.peer.name", "payment"), ("server.address", "10.0.0.1")],
      expected: "payment 10.0.0.1 0"),
    Row(kind: .client, attributes: [("network.peer.address", "fe80::1%eth0")], expected: "- fe80::1 0"),
    Row(kind: .client, attributes: [("network.peer.address", "[fe80::1%eth0]:80")], expected: "- fe80::1 80"),
    Row(kind: .client, attributes: [("network.peer.address", "10.0.0.1:8080")], expected: "- 10.0.0.1 8080"),
    Row(kind: .client, attributes: [("network.peer.address", "[2001:db8::1]:443")], expected: "- 2001:db8::1 443"),
    Row(kind: .client, attributes: [("network.peer.address", "2001:db8::1")], expected: "- 2001:db8::1 0"),
    Row(kind: .client, attributes: [("network.peer.address", "/var/run/db.sock")], expected: "- - 0"),
    Row(kind: .client, attributes: [("network.peer.address", "@abstract")], expected: "- - 0"),
    Row(kind: .client, attributes: [("network.peer.address", "db.internal")], expected: "db.internal - 0"),
    Row(kind: .client, attributes: [("server.address", "/var/run/db.sock")], expected: "- - 0"),
    Row(kind: .client, attributes: [("server.address", "db.internal:5432")], expected: "db.internal - 5432"),
    Row(
      kind: .client, attributes: [("server.address", "10.0.0.1:8080"), ("server.port", "81")],
      expected: "- 10.0.0.1 81"),
    Row(kind: .client, attributes: [("server.address", "fe80::1%eth0")], expected: "- fe80::1 0"),
    Row(kind: .client, attributes: [("server.address", "http://h/p")], expected: "- - 0"),
    Row(kind: .client, attributes: [("server.address", "a b")], expected: "- - 0"),
    Row(kind: .client, attributes: [("server.address", "::ffff:10.0.0.1")], expected: "- 10.0.0.1 0"),
    Row(kind: .client, attributes: [("server.address", "h:99999")], expected: "- - 0"),
    Row(kind: .server, attributes: [("client.address", "10.0.0.1:5000")], expected: "- 10.0.0.1 5000"),
    Row(kind: .client, attributes: [("net.sock.peer.addr", "/tmp/x.sock")], expected: "- - 0"),
    Row(kind: .client, attributes: [("peer.address", "10.0.0.1:5000")], expected: "- 10.0.0.1 5000"),
    Row(kind: .client, attributes: [("peer.service", "10.0.0.1")], expected: "10.0.0.1 - 0"),
    Row(kind: .client, attributes: [("network.peer.address", "1%")], expected: "- - 0"),
    Row(kind: .client, attributes: [("network.peer.address", "%")], expected: "- - 0"),
    Row(kind: .client, attributes: [("network.peer.address", "[%]:1")], expected: "- - 0"),
  ]

  @Test("has the name and address from the attributes, or neither", arguments: rows)
  func endpoint(row: Row) {
    #expect(Self.endpoint(row.kind, row.attributes) == row.expected, "\(row.attributes)")
    #expect(Self.endpoint(row.kind, row.attributes.reversed()) == row.expected, "\(row.attributes), reversed")
  }
}
