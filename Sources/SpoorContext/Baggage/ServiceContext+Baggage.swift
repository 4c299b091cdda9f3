public import Tracing

extension ServiceContext {
  /// The values that travel with the request; `nil` if there are none.
  ///
  /// Reading costs one look-up in the context's dictionary (some 50 ns), writing copies that dictionary.
  public var baggage: Baggage? {
    get { self[BaggageKey.self] }
    set { self[BaggageKey.self] = newValue }
  }
}

private enum BaggageKey: ServiceContextKey {
  typealias Value = Baggage
  static var nameOverride: String? { "spoor-baggage" }
}
