import AsyncHTTPClient

extension HTTPClient {
  /// A client that opens as many connections as there are requests at once: by default it opens 8 to a host, and the
  /// further requests wait in line within the client, where no trace shows them.
  static func many() -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
    // Who cannot be reached is somebody else's to decide about, and to be seen in the trace: see ``ServiceUnreachable``.
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(configuration: configuration)
  }
}
