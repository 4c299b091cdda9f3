// SPDX-License-Identifier: Apache-2.0

internal import SpoorInspect

/// The versions of the protocol, and what a server answers in each of them to tell what it can do.
enum ProtocolVersion {
  /// The versions with the handshake `initialize`, the newest first. What this server uses is the same in them.
  static let withHandshake = ["2025-11-25", "2025-06-18"]
  /// The versions in which each request carries the version.
  static let withEnvelope = ["2026-07-28"]

  /// Keys in `_meta`.
  enum Envelope {
    static let version = "io.modelcontextprotocol/protocolVersion"
    static let capabilities = "io.modelcontextprotocol/clientCapabilities"
    static let server = "io.modelcontextprotocol/serverInfo"
  }

  private static let server: JSON = [
    "name": .string("spoor"), "title": .string("Spoor: traces, logs and journals"), "version": .string(Release.version),
  ]
  private static let capabilities: JSON = ["tools": .object([])]
  private static let instructions = """
    Evidence of distributed services: traces, log records with the stacks of thrown errors, journals of processes. All \
    tools only read. Begin with error_groups to learn what fails and what it leads back to, then trace_errors for one \
    of its traces; search_traces and critical_path for what is slow. \(BoundedAnswer.notice) left_out says what an \
    answer lacks and how to ask for it.
    """

  /// The answer to `initialize`: the version that the client asks for, otherwise the newest with a handshake.
  static func initialized(_ parameters: JSON) throws(RPCError) -> JSON {
    guard let requested = parameters["protocolVersion"]?.text else {
      let kind = parameters["protocolVersion"]?.kind ?? "missing"
      throw RPCError(.invalidParameters, "protocolVersion must be a string such as \(withHandshake[0]), but is \(kind)")
    }
    return [
      "protocolVersion": .string(withHandshake.contains(requested) ? requested : withHandshake[0]),
      "capabilities": capabilities, "serverInfo": server, "instructions": .string(instructions),
    ]
  }

  static var discovered: JSON {
    [
      "supportedVersions": .array(withEnvelope.map { .string($0) }), "capabilities": capabilities,
      "instructions": .string(instructions),
    ]
  }

  /// Checks the members of `_meta` that each request must have.
  static func checkEnvelope(_ parameters: JSON) throws(RPCError) {
    let meta = parameters["_meta"] ?? .object([])
    let missing = [Envelope.version, Envelope.capabilities].filter { meta[$0] == nil }
    guard missing.isEmpty else {
      throw RPCError(.invalidParameters, "params._meta must have \(missing.joined(separator: " and "))")
    }
    guard let version = meta[Envelope.version]?.text else {
      throw RPCError(
        .invalidParameters, "\(Envelope.version) must be a string, but is \(meta[Envelope.version]?.kind ?? "")")
    }
    guard withEnvelope.contains(version) else {
      throw unsupported(.string(version), "the version must be \(withEnvelope.joined(separator: ", "))")
    }
  }

  static func unsupported(_ requested: JSON?, _ message: String) -> RPCError {
    let supported = JSON.array(withEnvelope.map { .string($0) })
    return RPCError(
      .unsupportedVersion, message, data: .record(["supported": supported, "requested": requested ?? .null]))
  }

  /// A result with what this version adds to every result.
  static func stamped(_ result: JSON, _ method: String) -> JSON {
    guard case .object(var members) = result else { return result }
    func add(_ key: String, _ value: JSON) { members.append(JSON.Member(key: key, value: value)) }
    add("resultType", .string("complete"))
    if method != "tools/call" {
      // Tools do not change while the server runs.
      add("ttlMs", .int(3_600_000))
      add("cacheScope", .string("public"))
    }
    add("_meta", [Envelope.server: server])
    return .object(members)
  }
}
