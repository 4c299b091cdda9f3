// SPDX-License-Identifier: Apache-2.0

public import Tracing

extension ServiceContext {
  /// The baggage of the request; `nil` if there is none.
  ///
  /// A read is one look-up in the context's dictionary (about 50 ns); a write copies that dictionary.
  public var baggage: Baggage? {
    get { self[BaggageKey.self] }
    set { self[BaggageKey.self] = newValue }
  }
}

private enum BaggageKey: ServiceContextKey {
  typealias Value = Baggage
  static var nameOverride: String? { "spoor-baggage" }
}
