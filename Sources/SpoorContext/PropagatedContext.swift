public import Tracing

/// Behind one reference, so that it lies in a context without a box of its own and is read back without a copy.
private final class Box<Value: Sendable>: Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

private enum RemoteContextKey: ServiceContextKey {
  typealias Value = Box<ExtractedContext>
  static var nameOverride: String? { "spoor-remote" }
}

private enum BaggageKey: ServiceContextKey {
  typealias Value = Box<Baggage>
  static var nameOverride: String? { "baggage" }
}

extension ServiceContext {
  /// What a carrier brought, until a span of this process takes it up.
  public var remoteTraceContext: ExtractedContext? {
    get { self[RemoteContextKey.self]?.value }
    set { self[RemoteContextKey.self] = newValue.map(Box.init) }
  }

  /// The caller's own fields that travel with the request.
  public var baggage: Baggage? {
    get { self[BaggageKey.self]?.value }
    set { self[BaggageKey.self] = newValue.map(Box.init) }
  }
}
