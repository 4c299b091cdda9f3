// SPDX-License-Identifier: Apache-2.0

package import HTTPTypes
package import Hummingbird
import NIOCore
import Synchronization

/// Keeps the requests that were posted to a server.
package final class Mailbox: Sendable {
  package struct Letter: Sendable {
    package let path: String
    package let headers: HTTPFields
    package let body: String

    /// The values of all headers with this name, one element per header.
    package subscript(name: String) -> [String] { HTTPField.Name(name).map { headers[values: $0] } ?? [] }
  }

  private let kept = Mutex<[Letter]>([])

  package init() {}

  package var letters: [Letter] { kept.withLock { $0 } }

  /// Accepts every POST below `path` and answers with `status`.
  package func addRoutes(to router: Router<BasicRequestContext>, at path: String, status: HTTPResponse.Status = .ok) {
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
