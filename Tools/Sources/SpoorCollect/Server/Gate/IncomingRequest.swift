// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore

/// A request that has passed the gate.
struct IncomingRequest: Sendable {
  let request: Request
  /// The variable segment of the path, decoded; empty if it has none.
  let pathValue: String
  let parameters: QueryParameters
  let channel: any Channel
  let presence: ClientPresence
  private let bodies: BodyReader
  private let format: Endpoint.Format

  init(
    _ request: Request, pathValue: Substring?, channel: any Channel, presence: ClientPresence, bodies: BodyReader,
    format: Endpoint.Format
  ) {
    self.request = request
    self.pathValue = QueryParameters.decoded(pathValue ?? "", plusIsBlank: false)
    parameters = QueryParameters(request)
    self.channel = channel
    self.presence = presence
    self.bodies = bodies
    self.format = format
  }

  var headers: HTTPFields { request.headers }

  /// The decompressed body. Its bytes count against the budget of all bodies as long as the share exists.
  func body() async throws -> (bytes: [UInt8], share: BodyBudget.Share) {
    // A client that waits for `100 Continue` gets it now, because its headers have been checked.
    if headers[.expect] != nil {
      try await channel.triggerUserOutboundEvent(ConnectionGuard.SendsContinue()).get()
    }
    return try await bodies.read(request, format)
  }

  /// A required parameter.
  func required(_ name: String) throws -> String {
    guard let value = parameters[name], !value.isEmpty else {
      throw HTTPError(.badRequest, message: "\(name) is required")
    }
    return value
  }
}

/// The source of a request context, which has the connection.
struct ConnectionSource: InitializableFromSource {
  let channel: any Channel

  init(source: ApplicationRequestContextSource) { channel = source.channel }
}
