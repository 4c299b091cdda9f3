// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Checks every request, with any path and method, before its endpoint sees it.
///
/// The order is: origin (``Provenance``: 400, 421, 403), token (``AccessToken``: 401), path (404), method (405 with
/// `Allow`), and for a body its encoding, type and announced size (``BodyRules``: 415, 413, 417). The actual size,
/// compressed and decompressed, is checked while the body is read (``BodyReader``: 413, 429, 400).
struct RequestGate: HTTPResponder {
  let endpoints: [Endpoint]
  let provenance: Provenance
  let token: AccessToken?
  /// The segments before the path that a reverse proxy may have left.
  let base: [Substring]
  let connections: OpenConnections
  let bodies: BodyReader
  let answers: BodyBudget
  let logger: Logger

  func respond(to request: Request, context: ConnectionSource) async throws -> Response {
    var response: Response
    let route = route(of: request)
    do {
      response = try await admit(request, context.channel, route)
    } catch let error as HTTPParserError {
      throw error
    } catch {
      response = refusal(error).response(to: request.headers, route.format)
    }
    AnswerHeaders.add(to: &response)
    if route.format != nil, let origin = provenance.sender(request.head) { AnswerHeaders.allow(origin, &response) }
    guard request.method == .head else { return response }
    // HEAD gets the content length of GET without the body.
    let length = response.headers[.contentLength]
    response.body = ResponseBody()
    response.headers[.contentLength] = length
    return response
  }

  /// What serves a request's path.
  private struct Route {
    var found: (endpoint: Endpoint, value: Substring?)?
    var allowedMethods: [String] = []
    /// What bodies the path takes, if any.
    var format: Endpoint.Format?
  }

  private func route(of request: Request) -> Route {
    var path = Endpoint.segments(of: request.uri.path)
    if !base.isEmpty, path.starts(with: base) { path.removeFirst(base.count) }
    var route = Route()
    for endpoint in endpoints {
      guard let value = endpoint.match(path) else { continue }
      route.allowedMethods += endpoint.allowedMethods
      if case .post(let format, _) = endpoint.work { route.format = format }
      if endpoint.allowedMethods.contains(request.method.rawValue) { route.found = route.found ?? (endpoint, value) }
    }
    return route
  }

  private func admit(_ request: Request, _ channel: any Channel, _ route: Route) async throws -> Response {
    var access = Endpoint.Access.own
    if case .get(let wanted, _) = route.found?.endpoint.work { access = wanted }
    // A browser asks, without a token, whether a page of another origin may send records.
    let asks = request.method == .options && route.format != nil && provenance.sender(request.head) != nil
    if asks { access = .send }
    if case .post = route.found?.endpoint.work { access = .send }
    try provenance.check(request.head, access)
    if asks { return Response(status: .noContent) }
    try token?.check(request.head)
    let allowed = route.allowedMethods
    guard !allowed.isEmpty else { throw HTTPError(.notFound, message: "There is nothing at this path") }
    guard let (endpoint, value) = route.found else {
      throw HTTPError(
        .methodNotAllowed, headers: [.allow: allowed.joined(separator: ", ")],
        message: "The method must be \(allowed.joined(separator: " or ")), but is \(request.method.rawValue.prefix(40))"
      )
    }
    let presence = connections.presence(of: channel)
    let incoming = IncomingRequest(
      request, pathValue: value, channel: channel, presence: presence, bodies: bodies,
      format: route.format ?? .lines)
    switch endpoint.work {
    case .get(_, let answer):
      return try metered(try await presence.run { try await answer(incoming) })
    case .post(let format, let answer):
      try BodyRules.check(request.headers, format, limit: bodies.limit(format))
      return try await answer(incoming)
    }
  }

  /// A response in memory counts against the budget until its client has received it.
  private func metered(_ response: Response) throws -> Response {
    guard let length = response.body.contentLength, length > 64 << 10 else { return response }
    let share = BodyBudget.Share(answers)
    guard share.grow(by: length) else { throw QueryTicket.End.overloaded }
    var response = response
    let body = response.body
    response.body = ResponseBody(contentLength: length) { writer in
      try await body.write(SlicingWriter(writer))
      share.empty()
    }
    return response
  }

  /// The answer to a request that failed; the only status above 499 is 503, with `Retry-After`.
  private func refusal(_ error: any Error) -> Refusal {
    switch error {
    case let error as HTTPError:
      return Refusal(error.status, error.body ?? error.status.reasonPhrase, error.headers)
    case let error as IngestQueue.Refusal: return Refusal(error)
    case QueryTicket.End.tooLong(let limit):
      return .busy("The query took longer than \(limit); ask for less")
    case QueryTicket.End.overloaded: return .busy("Too many queries at the same time")
    case QueryTicket.End.abandoned, is CancellationError: return .busy("The client has gone")
    default:
      logger.error("a request failed: \(error)")
      return .busy("The collector failed to answer; its log says why")
    }
  }
}
