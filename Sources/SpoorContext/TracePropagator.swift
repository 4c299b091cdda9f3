public import Tracing

/// Carries trace context over process borders: reads every format, writes those it is told to.
///
/// Reading takes `b3` first, then `X-B3-…`, then `traceparent`. A header that is invalid is passed over as if it were not
/// there, never half used: without any valid one the next span starts a new trace.
public struct TracePropagator: Sendable {
  /// The formats that are written.
  public let formats: [PropagationFormat]
  /// The keys of baggage that are taken in and handed on; nil for all.
  public let baggageKeys: Set<String>?

  /// - Parameters:
  ///   - formats: what to write, by default B3 in one header, W3C Trace Context, and baggage where there is any.
  ///   - baggageKeys: the keys of baggage that are taken in and handed on; nil for all.
  public init(
    formats: [PropagationFormat] = [.b3, .tracecontext, .baggage], baggageKeys: Set<String>? = nil
  ) {
    self.formats = formats
    self.baggageKeys = baggageKeys
  }

  /// Reads a carrier into the context. What the context had of another carrier is replaced.
  public func extract<Carrier, Extract: Extractor>(
    from carrier: Carrier, using extractor: Extract, into context: inout ServiceContext
  ) where Extract.Carrier == Carrier {
    context.remoteTraceContext = extracted { extractor.extract(key: $0, from: carrier) }
    guard formats.contains(.baggage), let header = extractor.extract(key: "baggage", from: carrier),
      let baggage = Baggage(header: header)
    else { return }
    let kept = baggageKeys.map(baggage.keeping) ?? baggage
    if !kept.members.isEmpty { context.baggage = kept }
  }

  private func extracted(_ header: (String) -> String?) -> ExtractedContext? {
    if let text = header(B3.single), let found = B3.parse(single: text) { return found }
    if let found = B3.parse(header: header) { return found }
    guard let text = header(W3CTraceContext.traceParent) else { return nil }
    return W3CTraceContext.parse(traceParent: text, traceState: header(W3CTraceContext.traceState)).map(
      ExtractedContext.context)
  }

  /// Writes ids, and baggage where there is any, into a carrier.
  public func inject<Carrier, Inject: Injector>(
    _ traceContext: TraceContext, baggage: Baggage? = nil, into carrier: inout Carrier, using injector: Inject
  ) where Inject.Carrier == Carrier {
    for format in formats {
      switch format {
      case .b3, .b3WithoutParent:
        injector.inject(
          B3.singleValue(of: traceContext, withParent: format == .b3), forKey: B3.single, into: &carrier)
      case .b3multi:
        for (name, value) in B3.headers(of: traceContext) { injector.inject(value, forKey: name, into: &carrier) }
      case .tracecontext:
        injector.inject(
          W3CTraceContext.traceParentValue(of: traceContext), forKey: W3CTraceContext.traceParent, into: &carrier)
        if let state = traceContext.traceState {
          injector.inject(state.headerValue, forKey: W3CTraceContext.traceState, into: &carrier)
        }
      case .baggage:
        guard let baggage else { continue }
        let kept = baggageKeys.map(baggage.keeping) ?? baggage
        if !kept.members.isEmpty { injector.inject(kept.headerValue, forKey: "baggage", into: &carrier) }
      }
    }
  }
}

/// Reads and writes headers in a dictionary: of a message, of a row in a database. Names are found in any case.
public struct HeaderDictionary: Extractor, Injector {
  /// The carrier.
  public typealias Carrier = [String: String]

  /// For `extract` and `inject`.
  public init() {}

  /// The value of a header, its name in any case.
  public func extract(key: String, from carrier: [String: String]) -> String? {
    if let value = carrier[key] { return value }
    let name = key.lowercased()
    return carrier.first { $0.key.lowercased() == name }?.value
  }

  /// Sets a header.
  public func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
    carrier[key] = value
  }
}

extension TraceContext {
  /// The context in one string, for a column or a message's field: B3's single form.
  public var b3: String { B3.singleValue(of: self, withParent: true) }

  /// Reads what ``b3`` wrote. Nil for anything else, and for a decision without ids.
  public init?(b3: String) {
    guard case .context(let context) = B3.parse(single: b3) else { return nil }
    self = context
  }
}
