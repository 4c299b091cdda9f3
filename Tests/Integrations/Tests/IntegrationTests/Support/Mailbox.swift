import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// A server's memory of what was posted to it.
final class Mailbox: Sendable {
  struct Letter: Sendable {
    let path: String
    let headers: HTTPFields
    let body: String

    /// The values of all headers of that name, each header one element.
    subscript(name: String) -> [String] { HTTPField.Name(name).map { headers[values: $0] } ?? [] }
  }

  private let kept = Mutex<[Letter]>([])

  var letters: [Letter] { kept.withLock { $0 } }

  /// Takes every POST below `path`, and answers `status`.
  func addRoutes(to router: Router<BasicRequestContext>, at path: String, status: HTTPResponse.Status = .ok) {
    router.post(RouterPath("\(path)/**")) { [self] request, _ in try await keep(request, status) }
    router.post(RouterPath(path)) { [self] request, _ in try await keep(request, status) }
  }

  @Sendable
  private func keep(_ request: Request, _ status: HTTPResponse.Status) async throws -> HTTPResponse.Status {
    let body = try await String(buffer: request.body.collect(upTo: 8 << 20))
    let letter = Letter(path: request.uri.path, headers: request.headers, body: body)
    kept.withLock { $0.append(letter) }
    return status
  }
}
