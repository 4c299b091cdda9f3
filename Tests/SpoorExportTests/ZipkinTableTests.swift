// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorExport
import SpoorJournal
import Testing

@Suite("A decoded record")
struct ZipkinTableTests {
  @Test("JSON", arguments: ZipkinCase.all)
  func json(_ example: ZipkinCase) throws {
    let bytes = try #require(example.recorded.encoded(ZipkinJSONEncoder()))
    let span = try JSONDecoder().decode(DecodedSpan.self, from: Data(bytes))
    #expect(span == example.expected)
  }

  @Test("proto3", arguments: ZipkinCase.all)
  func proto(_ example: ZipkinCase) throws {
    let bytes = try #require(example.recorded.encoded(ZipkinProtoEncoder()))
    let spans = try ProtoReader.listOfSpans(bytes)
    #expect(spans == [example.expected.withLongTraceID])
  }

  @Test("The same record is encoded to the same bytes, alone and after others", arguments: ZipkinCase.all)
  func deterministic(_ example: ZipkinCase) throws {
    for encoder in [ZipkinJSONEncoder(), ZipkinProtoEncoder()] as [any SpanEncoder] {
      var buffer = EncodeBuffer(capacity: 16)
      var ranges: [Range<Int>] = []
      for recorded in [example.recorded, ZipkinCase.all[3].recorded, example.recorded] {
        let range = recorded.withRecord { encoder.encodeSpan($0, resource: recorded.resource, into: &buffer) }
        ranges.append(try #require(range))
      }
      #expect(buffer.records.array(ranges[0]) == buffer.records.array(ranges[2]))
      #expect(ranges[2].upperBound == buffer.records.count)
    }
  }

  @Test("Remote endpoints follow OpenTelemetry's ranking", arguments: RemoteCase.all)
  func remoteEndpoint(_ example: RemoteCase) throws {
    var recorded = Recorded().with { $0.kind = example.kind }
    for (key, value) in example.attributes {
      if let number = Int(value), key.hasSuffix("port") {
        recorded.attribute(key, number)
      } else {
        recorded.attribute(key, value)
      }
    }
    let bytes = try #require(recorded.encoded(ZipkinJSONEncoder()))
    #expect(try JSONDecoder().decode(DecodedSpan.self, from: Data(bytes)).remoteEndpoint == example.expected)
  }
}

/// Attributes of a span, and the remote endpoint that they give.
struct RemoteCase: Sendable, CustomTestStringConvertible {
  let kind: SpanRecordKind
  let attributes: [(String, String)]
  let expected: DecodedSpan.Endpoint?

  init(_ kind: SpanRecordKind, _ attributes: KeyValuePairs<String, String>, _ expected: DecodedSpan.Endpoint?) {
    self.kind = kind
    self.attributes = attributes.map { ($0.key, $0.value) }
    self.expected = expected
  }

  var testDescription: String { "\(kind) \(attributes)" }

  /// Each name comes before all names of lower rank.
  static let ranking: [RemoteCase] = {
    let names = [
      "peer.service", "server.address", "net.peer.name", "network.peer.address", "server.socket.domain",
      "server.socket.address", "net.sock.peer.name", "net.sock.peer.addr", "peer.hostname", "peer.address", "db.name",
    ]
    return names.indices.map { first in
      RemoteCase(kind: .client, names[first...].reversed().map { ($0, "of-\($0)") }, "of-\(names[first])")
    }
  }()

  private init(kind: SpanRecordKind, _ attributes: [(String, String)], _ name: String) {
    self.kind = kind
    self.attributes = attributes
    expected = .init(serviceName: name)
  }

  static let all: [RemoteCase] =
    ranking + [
      RemoteCase(.client, [:], nil),
      RemoteCase(
        .client, ["server.address": "pay.example.com", "server.port": "443"],
        .init(serviceName: "pay.example.com", port: 443)),
      RemoteCase(
        .client, ["server.address": "192.0.2.7", "server.port": "8080", "peer.service": "payments"],
        .init(serviceName: "payments", ipv4: "192.0.2.7", port: 8080)),
      RemoteCase(
        .client, ["network.peer.address": "2001:db8::7", "network.peer.port": "8080", "net.peer.name": "payments"],
        .init(serviceName: "payments", ipv6: "2001:db8::7", port: 8080)),
      RemoteCase(.client, ["server.address": "[::1]"], .init(ipv6: "::1")),
      RemoteCase(.client, ["server.address": "::ffff:192.0.2.7"], .init(ipv4: "192.0.2.7")),
      RemoteCase(.client, ["server.address": "1.2.3"], .init(serviceName: "1.2.3")),
      RemoteCase(.client, ["server.address": "256.0.0.1"], .init(serviceName: "256.0.0.1")),
      RemoteCase(.client, ["peer.service": "10.0.0.1"], .init(serviceName: "10.0.0.1")),
      RemoteCase(.client, ["net.sock.peer.addr": "192.0.2.7", "net.sock.peer.port": "x"], .init(ipv4: "192.0.2.7")),
      RemoteCase(.client, ["server.port": "65536"], nil),
      RemoteCase(.client, ["server.address": "", "db.name": "orders"], .init(serviceName: "orders")),
      RemoteCase(.producer, ["server.address": "broker"], .init(serviceName: "broker")),
      RemoteCase(.consumer, ["server.address": "broker"], .init(serviceName: "broker")),
      RemoteCase(.internal, ["server.address": "broker", "peer.service": "x"], nil),
      RemoteCase(.server, ["server.address": "myself", "server.port": "80", "db.name": "orders"], nil),
      RemoteCase(
        .server, ["server.address": "myself", "client.address": "192.0.2.9", "network.peer.address": "10.0.0.1"],
        .init(ipv4: "192.0.2.9")),
      RemoteCase(
        .server, ["network.peer.address": "10.0.0.1", "network.peer.port": "50123"],
        .init(ipv4: "10.0.0.1", port: 50123)),
    ]
}
