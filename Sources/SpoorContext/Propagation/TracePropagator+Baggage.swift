// SPDX-License-Identifier: Apache-2.0

public import Tracing

extension TracePropagator {
  /// The incoming baggage, limited to the allowed keys; `nil` if that format is off or no entry remains.
  public func extractBaggage<E: Extractor>(from carrier: E.Carrier, using extractor: E) -> Baggage? {
    guard formats.contains(.baggage) else { return nil }
    return extractor.extract(key: Header.baggage, from: carrier).flatMap(Baggage.init(header:)).flatMap(allowed)
  }

  func inject<I: Injector>(_ baggage: Baggage?, into carrier: inout I.Carrier, using injector: I) {
    guard let value = baggage.flatMap(allowed)?.headerValue else { return }
    injector.inject(value, forKey: Header.baggage, into: &carrier)
  }

  private func allowed(_ baggage: Baggage) -> Baggage? {
    let allowed = baggageKeys.map(baggage.keeping) ?? baggage
    return allowed.isEmpty ? nil : allowed
  }
}
