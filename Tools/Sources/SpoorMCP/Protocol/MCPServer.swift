// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import SpoorModel

/// The Model Context Protocol over standard input and output: one JSON message a line.
///
/// It speaks the versions with the handshake `initialize`, and the version in which each request carries the protocol's
/// version in `_meta`. The first request decides which of them a connection has.
package struct MCPServer {
  /// How a connection tells the version of the protocol.
  private enum Era { case undecided, handshake, envelope }

  private let sources: EvidenceSources
  private var era = Era.undecided

  package init(_ sources: EvidenceSources) { self.sources = sources }

  /// Answers the messages of standard input until it ends or nothing reads standard output.
  package mutating func run() async {
    var input = LineInput(descriptor: STDIN_FILENO)
    while let line = input.next() {
      let response: JSON?
      switch line {
      case .whole(let bytes) where bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }): response = nil
      case .whole(let bytes): response = await answer(to: bytes)
      case .tooLong:
        let error = RPCError(
          .invalidRequest, "a message must have at most \(LineInput.maximumLine) bytes, but has more")
        response = Self.response(id: .null, error: error)
      }
      guard let response else { continue }
      guard Self.write(response.bytes + [0x0A]) else { return }
    }
  }

  /// The response to a message; `nil` for a notification or a response.
  mutating func answer(to line: [UInt8]) async -> JSON? {
    do throws(Request.Refusal) {
      guard let request = try Request(line), let id = request.id else { return nil }
      do throws(RPCError) {
        return ["jsonrpc": .string("2.0"), "id": id, "result": try await result(of: request)]
      } catch {
        return Self.response(id: id, error: error)
      }
    } catch {
      return Self.response(id: error.id, error: error.error)
    }
  }

  private static func response(id: JSON, error: RPCError) -> JSON {
    ["jsonrpc": .string("2.0"), "id": id, "error": error.json]
  }

  private static func write(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  // MARK: Versions

  private mutating func result(of request: Request) async throws(RPCError) -> JSON {
    let envelope = request.parameters["_meta"]?[ProtocolVersion.Envelope.version]
    if request.method == "initialize" {
      guard era != .envelope else {
        throw ProtocolVersion.unsupported(
          request.parameters["protocolVersion"], "initialize is not a part of this version of the protocol")
      }
      era = .handshake
      return try ProtocolVersion.initialized(request.parameters)
    }
    if request.method == "server/discover" || envelope != nil || era == .envelope {
      guard era != .handshake else {
        throw RPCError(
          .invalidRequest,
          "this connection began with initialize, so requests must not carry \(ProtocolVersion.Envelope.version)")
      }
      try ProtocolVersion.checkEnvelope(request.parameters)
      era = .envelope
      return ProtocolVersion.stamped(try await answer(request, ofEnvelope: true), request.method)
    }
    guard era == .handshake || request.method == "ping" else {
      throw RPCError(
        .invalidRequest,
        "the first request must be initialize, or carry \(ProtocolVersion.Envelope.version) in params._meta")
    }
    return try await answer(request, ofEnvelope: false)
  }

  private func answer(_ request: Request, ofEnvelope: Bool) async throws(RPCError) -> JSON {
    switch request.method {
    case "server/discover" where ofEnvelope: return ProtocolVersion.discovered
    case "ping" where !ofEnvelope: return .object([])
    case "tools/list":
      if let cursor = request.parameters["cursor"], cursor != .null {
        throw RPCError(.invalidParameters, "cursor must be left out, because the list of tools has one page")
      }
      return ["tools": .array(Tool.all.map(\.json))]
    case "tools/call": return try await call(request.parameters)
    default:
      let name = EvidenceText(request.method, maximum: 100).text
      throw RPCError(.unknownMethod, "method must be one of tools/list and tools/call, but is \(name)")
    }
  }

  // MARK: Calls

  private func call(_ parameters: JSON) async throws(RPCError) -> JSON {
    guard let name = parameters["name"]?.text else {
      throw RPCError(
        .invalidParameters, "name must be the name of a tool, but is \(parameters["name"]?.kind ?? "missing")")
    }
    guard let tool = Tool.all.first(where: { $0.name == name }) else {
      let names = Tool.all.map(\.name).joined(separator: ", ")
      let given = EvidenceText(name, maximum: 100).text
      throw RPCError(.invalidParameters, "name must be one of \(names), but is \(given)")
    }
    do {
      let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
      let arguments = try Arguments(parameters["arguments"] ?? .object([]), tool.parameters, now: now)
      let answer = try await tool.run(arguments, sources)
      let limit = arguments.int("max_bytes") ?? BoundedAnswer.defaultBytes
      return Self.result(BoundedAnswer(answer, maximum: limit).bytes)
    } catch {
      let message = (error as? ToolFailure)?.message ?? "\(error)"
      let text = EvidenceText(message, maximum: 2000).json["data"] ?? .null
      return ["content": .array([["type": .string("text"), "text": text]]), "isError": .bool(true)]
    }
  }

  private static func result(_ structured: [UInt8]) -> JSON {
    let text = String(decoding: structured, as: UTF8.self)
    return [
      "content": .array([["type": .string("text"), "text": .string(text)]]), "structuredContent": .written(structured),
    ]
  }
}
