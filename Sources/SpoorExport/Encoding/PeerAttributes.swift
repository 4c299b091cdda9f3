import SpoorBytes
import SpoorJournal

/// The attributes that name the other side, both of OpenTelemetry's old and current names and OpenTracing's, and which of
/// them count: "Ranking should control the selection order" (OpenTelemetry to Zipkin Transformation, Remote endpoint).
///
/// A name and an address do not exclude each other: the best of each is taken. An attribute that may hold either
/// (`server.address`) counts as what it holds.
struct PeerAttributes {
  private var name: (rank: Int, text: Text)?
  private var address: (rank: Int, address: IPAddress)?
  private var port: (rank: Int, port: UInt16)?

  var endpoint: ZipkinEndpoint {
    ZipkinEndpoint(serviceName: name?.text, address: address?.address, port: port?.port ?? 0)
  }

  /// Takes note of an attribute of a span of this kind. Of two with the same key, the later call counts.
  mutating func note(_ field: RecordField, key: Text, kind: SpanRecordKind) {
    guard let (rank, isPort) = Self.rank(key, kind) else { return }
    if isPort {
      guard rank <= port?.rank ?? .max, let number = Self.portNumber(field) else { return }
      port = (rank, number)
      return
    }
    guard field.isText else { return }
    let text = field.valueUTF8
    guard !text.isEmpty else { return }
    if let parsed = rank == Self.serviceRank ? nil : IPAddress(text) {
      if rank <= address?.rank ?? .max { address = (rank, parsed) }
    } else if rank <= name?.rank ?? .max {
      name = (rank, text)
    }
  }

  private static let serviceRank = 1

  @inline(__always)
  private static func rank(_ key: Text, _ kind: SpanRecordKind) -> (rank: Int, isPort: Bool)? {
    guard key.count >= 7, key.count <= 21 else { return nil }
    switch key[0] {
    case UInt8(ascii: "p"), UInt8(ascii: "s"), UInt8(ascii: "n"), UInt8(ascii: "d"), UInt8(ascii: "c"): break
    default: return nil
    }
    // For who serves, `server.*` and `net.peer.name` name itself or nothing of use; who calls is `client.*`.
    if kind.isServer {
      if key == "client.address" { return (2, false) }
      if key == "client.port" { return (2, true) }
      if key.hasPrefix("server.") || key == "db.name" { return nil }
    }
    return rankOfAny(key)
  }

  private static func rankOfAny(_ key: Text) -> (rank: Int, isPort: Bool)? {
    switch key.count {
    case 7: key == "db.name" ? (12, false) : nil
    case 11: key == "server.port" ? (2, true) : key == "net.peer.ip" ? (9, false) : nil
    case 12: key == "peer.service" ? (serviceRank, false) : key == "peer.address" ? (11, false) : nil
    case 13:
      key == "net.peer.name"
        ? (3, false) : key == "net.peer.port" ? (3, true) : key == "peer.hostname" ? (10, false) : nil
    case 14: key == "server.address" ? (2, false) : nil
    case 17: key == "network.peer.port" ? (4, true) : nil
    case 18:
      key == "server.socket.port"
        ? (6, true)
        : key == "net.sock.peer.name"
          ? (7, false) : key == "net.sock.peer.addr" ? (8, false) : key == "net.sock.peer.port" ? (8, true) : nil
    case 20: key == "network.peer.address" ? (4, false) : key == "server.socket.domain" ? (5, false) : nil
    case 21: key == "server.socket.address" ? (6, false) : nil
    default: nil
    }
  }

  /// A port given as a number or as its digits.
  private static func portNumber(_ field: RecordField) -> UInt16? {
    switch field.type {
    case .int64: return UInt16(exactly: Int64(bitPattern: field.word(0)))
    case .string:
      let text = field.valueUTF8
      guard !text.isEmpty, text.count <= 5 else { return nil }
      var number = 0
      for index in 0..<text.count {
        guard text[index] >= UInt8(ascii: "0"), text[index] <= UInt8(ascii: "9") else { return nil }
        number = number * 10 + Int(text[index] - UInt8(ascii: "0"))
      }
      return UInt16(exactly: number)
    default: return nil
    }
  }
}
