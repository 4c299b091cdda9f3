// SPDX-License-Identifier: Apache-2.0

public import Tracing

/// Reads a trace's context from headers in any known format and writes it in the configured formats.
///
/// It holds only settings. A header is either valid as a whole or counts as absent; no input traps or throws. Source of
/// the rules: B3 (openzipkin/b3-propagation), W3C Trace Context, W3C Baggage; docs/ZIPKIN.md, "Propagation".
public struct TracePropagator: Sendable {
  /// The formats that are written. Each header is written once: if two formats share a header, the first one wins.
  public let formats: [PropagationFormat]
  /// The baggage keys that are read and written; `nil` for all.
  public let baggageKeys: Set<String>?
  /// The callers whose trace is continued; a span of any other caller is linked.
  public let trustedPeers: TrustedPeers
  /// Whether `tracestate` gets Spoor's member, `spoor=p:SPANID`. It tells the next service that uses Spoor which Spoor
  /// span came before, even if a proxy replaced the span id in `traceparent`, and whether the trace has the debug flag.
  public let writesTraceState: Bool

  /// - Parameters:
  ///   - formats: the formats to write; by default B3's single header, W3C's headers, and baggage if there is any.
  ///     Every format is read, except that baggage is read only if it is written too: it is the caller's data, not the
  ///     trace's.
  ///   - baggageKeys: the baggage keys that are read and written; by default all.
  ///   - trustedPeers: the callers whose trace is continued; by default all.
  ///   - writesTraceState: whether `tracestate` gets Spoor's member.
  public init(
    formats: [PropagationFormat] = [.b3, .tracecontext, .baggage], baggageKeys: Set<String>? = nil,
    trustedPeers: TrustedPeers = .all, writesTraceState: Bool = false
  ) {
    self.trustedPeers = trustedPeers
    self.writesTraceState = writesTraceState
    var unique: [PropagationFormat] = []
    for format in formats where !unique.contains(where: { $0.sharesHeader(with: format) }) { unique.append(format) }
    self.formats = unique
    self.baggageKeys = baggageKeys
  }

  // MARK: - Reading

  /// Sets `context.remoteTraceContext` and `context.baggage` from the carrier. If the caller is not trusted, only its
  /// span is added to `context.remoteLinks`.
  ///
  /// If the carrier holds no trace information, values from an earlier carrier are removed: a request without headers
  /// must not join the trace of an earlier request. Baggage stays, because the service may have set it itself.
  public func extract<E: Extractor>(from carrier: E.Carrier, using extractor: E, into context: inout ServiceContext) {
    let (extracted, upstream) = read(from: carrier, using: extractor)
    guard trusts(carrier, extractor, context) else {
      put(extracted?.traceContext.map { RemoteOrigin(links: [$0]) }, into: &context)
      return
    }
    put(extracted.map { RemoteOrigin(extracted: $0, upstream: upstream) }, into: &context)
    if let baggage = extractBaggage(from: carrier, using: extractor) {
      context.baggage = baggage
    }
  }

  private func trusts<E: Extractor>(_ carrier: E.Carrier, _ extractor: E, _ context: ServiceContext) -> Bool {
    trustedPeers.trusts { IncomingRequest(context: context) { extractor.extract(key: $0, from: carrier) } }
  }

  private func put(_ origin: RemoteOrigin?, into context: inout ServiceContext) {
    // A write copies the context's dictionary.
    if origin != nil || context.remoteOrigin != nil { context.remoteOrigin = origin }
  }

  /// What the carrier says about the trace: by `b3` first, then by `X-B3-*`, then by `traceparent`. A header that
  /// breaks a rule counts as absent, so the next one is asked; with none left the answer is `nil`, and a new trace
  /// begins.
  ///
  /// If B3 and `traceparent` name the same trace, `tracestate` is kept with the context, because B3 has no field for
  /// it. Trust is not checked here: this function returns what the headers contain.
  public func extract<E: Extractor>(from carrier: E.Carrier, using extractor: E) -> ExtractedContext? {
    read(from: carrier, using: extractor).extracted
  }

  private func read<E: Extractor>(
    from carrier: E.Carrier, using extractor: E
  ) -> (extracted: ExtractedContext?, upstream: SpanID?) {
    let b3 =
      extractor.extract(key: Header.b3, from: carrier).flatMap(ExtractedContext.init(b3:))
      ?? B3MultiHeaders.canonical.extract(from: carrier, using: extractor)
      ?? B3MultiHeaders.lowercase.extract(from: carrier, using: extractor)
    switch b3 {
    case .samplingOnly:
      return (b3, nil)
    case .context(var context):
      if let w3c = extractW3C(from: carrier, using: extractor), w3c.traceID == context.traceID {
        context.traceState = w3c.traceState
        context.hasRandomTraceID = w3c.hasRandomTraceID
      }
      return (.context(context), nil)
    case nil:
      guard var context = extractW3C(from: carrier, using: extractor) else {
        return (extractXRay(from: carrier, using: extractor).map { .context($0) }, nil)
      }
      let upstream = context.takeSpoorMember()
      return (.context(context), upstream)
    }
  }

  private func extractW3C<E: Extractor>(from carrier: E.Carrier, using extractor: E) -> TraceContext? {
    guard
      let traceparent = extractor.extract(key: Header.traceparent, from: carrier),
      var context = TraceContext(traceparent: traceparent)
    else { return nil }
    context.traceState = extractor.extract(key: Header.tracestate, from: carrier).flatMap(TraceState.init(header:))
    return context
  }

  /// X-Ray's header is read only if it is configured, because load balancers add one to requests that are not traced.
  private func extractXRay<E: Extractor>(from carrier: E.Carrier, using extractor: E) -> TraceContext? {
    guard formats.contains(.xray) else { return nil }
    return
      (extractor.extract(key: Header.xray, from: carrier)
      ?? extractor.extract(key: Header.xray.lowercased(), from: carrier)).flatMap(TraceContext.init(xray:))
  }

  // MARK: - Writing

  /// Writes a span's context, and the baggage if that format is on.
  public func inject<I: Injector>(
    _ traceContext: TraceContext, baggage: Baggage? = nil, into carrier: inout I.Carrier, using injector: I
  ) {
    for format in formats {
      switch format {
      case .b3:
        injector.inject(traceContext.b3, forKey: Header.b3, into: &carrier)
      case .b3WithoutParent:
        injector.inject(traceContext.b3(withParent: false), forKey: Header.b3, into: &carrier)
      case .b3multi:
        B3MultiHeaders.inject(traceContext, into: &carrier, using: injector)
      case .tracecontext:
        injector.inject(traceContext.traceparent, forKey: Header.traceparent, into: &carrier)
        if let state = writesTraceState ? traceContext.traceStateWithSpoor : traceContext.traceState {
          injector.inject(state.headerValue, forKey: Header.tracestate, into: &carrier)
        }
      case .xray:
        injector.inject(traceContext.xray, forKey: Header.xray, into: &carrier)
      case .baggage:
        inject(baggage, into: &carrier, using: injector)
      }
    }
  }

  /// Writes an extracted context unchanged, to pass it on: the caller's span, or its decision alone. W3C has no header
  /// for a decision alone.
  public func inject<I: Injector>(
    _ extracted: ExtractedContext, baggage: Baggage? = nil, into carrier: inout I.Carrier, using injector: I
  ) {
    switch extracted {
    case .context(let context): inject(context, baggage: baggage, into: &carrier, using: injector)
    case .samplingOnly(let decision): inject(samplingOnly: decision, baggage: baggage, into: &carrier, using: injector)
    }
  }

  /// Writes a decision without ids in the B3 formats that are on (`b3: 0`). W3C has no header for it. Without a
  /// decision nothing is written.
  public func inject<I: Injector>(
    samplingOnly decision: SamplingDecision, baggage: Baggage? = nil, into carrier: inout I.Carrier, using injector: I
  ) {
    for format in formats {
      switch format {
      case .b3, .b3WithoutParent:
        if let value = decision.b3Value { injector.inject(value, forKey: Header.b3, into: &carrier) }
      case .b3multi:
        B3MultiHeaders.inject(decision, into: &carrier, using: injector)
      case .tracecontext, .xray:
        break
      case .baggage:
        inject(baggage, into: &carrier, using: injector)
      }
    }
  }
}

/// The names of the headers, in lower case as W3C and HTTP/2 require, except X-Ray's.
enum Header {
  static let b3 = "b3"
  static let traceparent = "traceparent"
  static let tracestate = "tracestate"
  static let baggage = "baggage"
  static let xray = "X-Amzn-Trace-Id"
}

extension PropagationFormat {
  /// Whether the two formats share a header. Some injectors add a second header instead of replacing the first.
  fileprivate func sharesHeader(with other: PropagationFormat) -> Bool {
    if self == other { return true }
    let single: [PropagationFormat] = [.b3, .b3WithoutParent]
    return single.contains(self) && single.contains(other)
  }
}
