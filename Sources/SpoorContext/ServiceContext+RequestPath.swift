// SPDX-License-Identifier: Apache-2.0

public import Tracing

extension ServiceContext {
  /// The path of the request that is about to be traced, for sampling rules by path: `/health`. A query is ignored.
  ///
  /// A sampler runs before a span has attributes, and a server may not name its span until it knows the route:
  /// Hummingbird starts every span as `HTTP GET route not found`. A middleware in front of the tracing middleware sets
  /// this value and passes it on with `ServiceContext.$current.withValue(context) { next(…) }`. It is read for local
  /// roots only, is not sent to other services, and does not become a tag.
  public var requestPath: String? {
    get { self[RequestPathKey.self] }
    set { self[RequestPathKey.self] = newValue }
  }
}

private enum RequestPathKey: ServiceContextKey {
  typealias Value = String
  static var nameOverride: String? { "spoor-request-path" }
}
