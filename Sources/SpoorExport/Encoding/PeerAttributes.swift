// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// The attributes that name the other side, by OpenTelemetry's old and current names and OpenTracing's, and which of
/// them count: "Ranking should control the selection order" (OpenTelemetry to Zipkin Transformation, Remote endpoint).
///
/// Both a name and an address may be known; the best of each is used. An attribute that may hold either
/// (`server.address`) is classified by its content, and ignored if it is neither (a socket's path).
///
/// The other side of a producer or consumer is the broker: `peer.service`, otherwise the destination, otherwise the
/// messaging system. Both sides of a queue then name the same peer, so Zipkin's dependency graph connects them.
struct PeerAttributes {
  private var name: (rank: Int, text: Text)?
  private var address: (rank: Int, address: IPAddress)?
  private var port: (rank: Int, port: UInt16)?

  var endpoint: ZipkinEndpoint {
    ZipkinEndpoint(serviceName: name?.text, address: address?.address, port: port?.port ?? 0)
  }

  /// The kind of content of an attribute.
  private enum Content {
    /// A name, even if it looks like an address.
    case service
    /// A host name or an address, with or without a port.
    case host
    case port
  }

  /// A lower rank wins.
  private typealias Role = (rank: Int, content: Content)

  /// Notes an attribute of a span of this kind. Of two with the same rank, the later call counts.
  mutating func note(_ field: RecordField, key: Text, kind: SpanRecordKind) {
    guard let (rank, content) = Self.role(key, kind) else { return }
    if content == .port {
      guard let number = Self.portNumber(field) else { return }
      return take(port: number, rank)
    }
    guard field.isText, !field.valueUTF8.isEmpty else { return }
    let text = field.valueUTF8
    guard content != .service else { return take(name: text, rank) }
    guard let host = HostText(text) else { return }
    if let parsed = host.address {
      if rank <= address?.rank ?? .max { address = (rank, parsed) }
    } else {
      take(name: host.name, rank)
    }
    // A separate port attribute wins over a port in an address.
    if let number = host.port { take(port: number, rank + 100) }
  }

  private mutating func take(name text: Text, _ rank: Int) {
    if rank <= name?.rank ?? .max { name = (rank, text) }
  }

  private mutating func take(port number: UInt16, _ rank: Int) {
    if rank <= port?.rank ?? .max { port = (rank, number) }
  }

  @inline(__always)
  private static func role(_ key: Text, _ kind: SpanRecordKind) -> Role? {
    guard key.count >= 7, key.count <= 26 else { return nil }
    switch key[0] {
    case UInt8(ascii: "p"), UInt8(ascii: "s"), UInt8(ascii: "n"), UInt8(ascii: "d"), UInt8(ascii: "c"): break
    case UInt8(ascii: "m"): return kind.isMessaging ? messagingRole(key) : nil
    default: return nil
    }
    // For a server, `server.*` and `net.peer.name` name itself or nothing of use; the caller is `client.*`.
    if kind.isServer {
      if key == "client.address" { return (4, .host) }
      if key == "client.port" { return (4, .port) }
      if key.hasPrefix("server.") || key == "db.name" { return nil }
    }
    return roleOfAny(key)
  }

  private static func messagingRole(_ key: Text) -> Role? {
    switch key.count {
    case 16: key == "messaging.system" ? (3, .service) : nil
    case 21: key == "messaging.destination" ? (2, .service) : nil
    case 26: key == "messaging.destination.name" ? (2, .service) : nil
    default: nil
    }
  }

  private static func roleOfAny(_ key: Text) -> Role? {
    switch key.count {
    case 7: key == "db.name" ? (14, .service) : nil
    case 11: key == "server.port" ? (4, .port) : key == "net.peer.ip" ? (11, .host) : nil
    case 12: key == "peer.service" ? (1, .service) : key == "peer.address" ? (13, .host) : nil
    case 13:
      key == "net.peer.name"
        ? (5, .host) : key == "net.peer.port" ? (5, .port) : key == "peer.hostname" ? (12, .host) : nil
    case 14: key == "server.address" ? (4, .host) : nil
    // OpenTelemetry's name for `peer.service` since 2026.
    case 17: key == "service.peer.name" ? (0, .service) : key == "network.peer.port" ? (6, .port) : nil
    case 18:
      key == "server.socket.port"
        ? (8, .port)
        : key == "net.sock.peer.name"
          ? (9, .host)
          : key == "net.sock.peer.addr" ? (10, .host) : key == "net.sock.peer.port" ? (10, .port) : nil
    case 20: key == "network.peer.address" ? (6, .host) : key == "server.socket.domain" ? (7, .host) : nil
    case 21: key == "server.socket.address" ? (8, .host) : nil
    default: nil
    }
  }

  /// A port given as a number or as its digits.
  private static func portNumber(_ field: RecordField) -> UInt16? {
    switch field.type {
    case .int64: UInt16(exactly: Int64(bitPattern: field.word(0)))
    case .string: HostText.portNumber(field.valueUTF8)
    default: nil
    }
  }
}

/// A host text: `db.internal`, `10.0.0.1:8080`, `[2001:db8::1]:80`, `fe80::1%eth0`.
struct HostText {
  /// The host as it was written, without the port.
  let name: Text
  /// Nil for a name.
  let address: IPAddress?
  /// Nil if there is none.
  let port: UInt16?

  /// Nil for a text that is neither a name nor an address: a socket's path, a URL, a text with blanks.
  init?(_ text: Text) {
    var host = text
    var port: UInt16?
    if let address = Self.address(text) {
      (name, self.address, self.port) = (text, address, nil)
      return
    }
    if let colon = unsafe text.bytes.lastIndex(of: UInt8(ascii: ":")) {
      guard let number = Self.portNumber(text.dropFirst(colon + 1)) else { return nil }
      host = text.dropLast(text.count - colon)
      port = number
    }
    self.port = port
    name = host
    address = Self.address(host)
    guard address == nil else { return }
    guard !host.isEmpty, unsafe host.bytes.allSatisfy(Self.isNameByte) else { return nil }
  }

  /// An address. An IPv6 zone is dropped, because it is only valid on one machine.
  private static func address(_ text: Text) -> IPAddress? {
    if let address = IPAddress(text) { return address }
    guard let zone = unsafe text.bytes.firstIndex(of: UInt8(ascii: "%")) else { return nil }
    let bracket = text[0] == UInt8(ascii: "[") ? 1 : 0
    guard bracket == 0 || text[text.count - 1] == UInt8(ascii: "]") else { return nil }
    guard case .v6(let high, let low)? = IPAddress(text.dropLast(text.count - zone).dropFirst(bracket)) else {
      return nil
    }
    return .v6(high: high, low: low)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x7F, UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "\\"),
      UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "?"), UInt8(ascii: "#"):
      false
    default: true
    }
  }

  static func portNumber(_ text: Text) -> UInt16? {
    guard !text.isEmpty, text.count <= 5 else { return nil }
    var number = 0
    for index in 0..<text.count {
      guard text[index] >= UInt8(ascii: "0"), text[index] <= UInt8(ascii: "9") else { return nil }
      number = number * 10 + Int(text[index] - UInt8(ascii: "0"))
    }
    return UInt16(exactly: number)
  }
}
