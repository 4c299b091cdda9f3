public import Tracing

extension ServiceContext {
  /// The path of the request that is about to be traced, for sampling rules by path: `/health`, a query is passed over.
  ///
  /// A sampler is asked before a span has attributes, and a server may name its span only when it knows the route:
  /// Hummingbird starts all of them as `HTTP GET route not found`. A middleware in front of the tracing one sets this,
  /// and `ServiceContext.$current.withValue(context) { next(…) }` hands it on. It is read for local roots only, goes to
  /// no other service, and becomes no tag.
  public var requestPath: String? {
    get { self[RequestPathKey.self] }
    set { self[RequestPathKey.self] = newValue }
  }
}

private enum RequestPathKey: ServiceContextKey {
  typealias Value = String
  static var nameOverride: String? { "spoor-request-path" }
}
