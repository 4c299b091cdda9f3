// SPDX-License-Identifier: Apache-2.0

/// The other side of a call, from the attributes that name it, by the ranking of the library's own Zipkin exporter
/// (`Sources/SpoorExport/Encoding/PeerAttributes.swift`, which says why): the best name, address and port are taken,
/// each by itself.
struct OTLPPeer {
  private enum Content { case service, host, port }

  private var name: (rank: Int, text: String)?
  private var ipv4: IPv4Address?
  private var ipv6: IPv6Address?
  private var addressRank = Int.max
  private var port: (rank: Int, port: UInt16)?

  init(_ attributes: [OTLPAttribute], kind: ZipkinSpan.Kind) {
    for attribute in attributes {
      guard let (rank, content) = Self.role(attribute.key, kind) else { continue }
      note(attribute.value, rank, content)
    }
  }

  var endpoint: ZipkinEndpoint? {
    ZipkinEndpoint(serviceName: name?.text, ipv4: ipv4, ipv6: ipv6, port: port?.port)
  }

  private mutating func note(_ value: OTLPValue, _ rank: Int, _ content: Content) {
    if content == .port {
      switch value {
      case .int(let number): take(port: UInt16(exactly: number), rank)
      case .string(let text): take(port: Self.port(text), rank)
      default: break
      }
      return
    }
    guard case .string(let text) = value, !text.isEmpty else { return }
    if content == .service { return take(name: text, rank) }
    if take(address: text, rank) { return }
    var host = Substring(text)
    if let colon = text.lastIndex(of: ":") {
      guard let number = Self.port(text[text.index(after: colon)...]) else { return }
      host = text[..<colon]
      if take(address: host, rank) || take(name: host, rank) { take(port: number, rank + 100) }
    } else {
      _ = take(name: host, rank)
    }
  }

  private mutating func take(name text: String, _ rank: Int) {
    if rank <= name?.rank ?? .max { name = (rank, text) }
  }

  /// Takes a host's name; `false` for what is none: a socket's path, a URL, text with blanks.
  private mutating func take(name host: Substring, _ rank: Int) -> Bool {
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && !#"/@%\:[]?#"#.utf8.contains($0) }) else {
      return false
    }
    take(name: String(host), rank)
    return true
  }

  private mutating func take(port number: UInt16?, _ rank: Int) {
    guard let number, rank <= port?.rank ?? .max else { return }
    port = (rank, number)
  }

  /// Takes an address, of an IPv6 one without its brackets and its zone; `false` for text that is none.
  private mutating func take(address text: some StringProtocol, _ rank: Int) -> Bool {
    var inner = Substring(text)
    if inner.hasPrefix("["), inner.hasSuffix("]") { inner = inner.dropFirst().dropLast() }
    if let four = IPv4Address(inner) {
      if rank <= addressRank { (ipv4, ipv6, addressRank) = (four, nil, rank) }
      return true
    }
    guard let six = IPv6Address(inner.prefix { $0 != "%" }) else { return false }
    if rank <= addressRank { (ipv4, ipv6, addressRank) = (nil, six, rank) }
    return true
  }

  private static func port(_ text: some StringProtocol) -> UInt16? {
    guard text.utf8.count <= 5, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt16(text)
  }

  private static func role(_ key: String, _ kind: ZipkinSpan.Kind) -> (rank: Int, content: Content)? {
    // Most keys are recognised by their length and first letter.
    guard key.utf8.count >= 7, key.utf8.count <= 26, let first = key.utf8.first,
      first == UInt8(ascii: "s") || first == UInt8(ascii: "n") || first == UInt8(ascii: "p")
        || first == UInt8(ascii: "c")
        || first == UInt8(ascii: "m") || first == UInt8(ascii: "d")
    else { return nil }
    switch key {
    case "service.peer.name": return (0, .service)
    case "peer.service": return (1, .service)
    case "messaging.destination", "messaging.destination.name":
      return kind == .producer || kind == .consumer ? (2, .service) : nil
    case "messaging.system": return kind == .producer || kind == .consumer ? (3, .service) : nil
    // For a server, `server.*` names itself; the caller is `client.*`.
    case "client.address": return kind == .server ? (4, .host) : nil
    case "client.port": return kind == .server ? (4, .port) : nil
    case "server.address": return kind == .server ? nil : (4, .host)
    case "server.port": return kind == .server ? nil : (4, .port)
    case "net.peer.name": return (5, .host)
    case "net.peer.port": return (5, .port)
    case "network.peer.address": return (6, .host)
    case "network.peer.port": return (6, .port)
    case "server.socket.domain": return kind == .server ? nil : (7, .host)
    case "server.socket.address": return kind == .server ? nil : (8, .host)
    case "server.socket.port": return kind == .server ? nil : (8, .port)
    case "net.sock.peer.name": return (9, .host)
    case "net.sock.peer.addr": return (10, .host)
    case "net.sock.peer.port": return (10, .port)
    case "net.peer.ip": return (11, .host)
    case "peer.hostname": return (12, .host)
    case "peer.address": return (13, .host)
    case "db.name": return kind == .server ? nil : (14, .service)
    default: return nil
    }
  }
}
