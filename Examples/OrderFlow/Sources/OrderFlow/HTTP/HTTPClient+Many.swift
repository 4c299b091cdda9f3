// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient

extension HTTPClient {
  /// A client that opens one connection per concurrent request. By default it opens 8 per host, and further requests
  /// queue in the client, where no trace shows them.
  static func many() -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
    // An unreachable service is reported at once, so that the caller decides and the trace shows it: see
    // ``ServiceUnreachable``.
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(configuration: configuration)
  }
}
