public import Tracing

/// Reads a trace's context from headers, in whatever format it comes, and writes it in the formats that are wanted.
///
/// Holds no state but its settings. What it reads is valid as a whole or counts as absent; nothing it is given traps or
/// throws. Source of the rules: B3 (openzipkin/b3-propagation), W3C Trace Context, W3C Baggage; ZIPKIN.md, "Propagation".
public struct TracePropagator: Sendable {
  /// The formats that are written, each header once: of two formats that share a header the first one stays.
  public let formats: [PropagationFormat]
  /// The only keys of baggage that come in and go out; `nil` for all of them.
  public let baggageKeys: Set<String>?
  /// Whose trace is continued; everybody else's is linked.
  public let trustedPeers: TrustedPeers
  /// Whether `tracestate` gets our own member, `spoor=p:SPANID`: it tells the next service of ours which of our spans came
  /// before, past proxies that put ids of their own into `traceparent`, and whether the trace is one for debugging.
  public let writesTraceState: Bool

  /// - Parameters:
  ///   - formats: what is written, by default B3's single header, W3C's, and baggage where there is any. Reading takes
  ///     every format, except that baggage is read only where it is written too: it is the caller's data, not the trace's.
  ///   - baggageKeys: the only keys of baggage that come in and go out; by default all of them.
  ///   - trustedPeers: whose trace is continued; by default everybody's.
  ///   - writesTraceState: whether `tracestate` gets a member of ours.
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

  /// Puts what the carrier says into `context.remoteTraceContext` and `context.baggage`; of a caller who is not trusted,
  /// only its span into `context.remoteLinks`.
  ///
  /// Where it says nothing about the trace, what the context had of another carrier goes: a request without headers must
  /// not join the trace of whoever was served before. Baggage stays, for the service may have set it itself.
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
    // Writing copies the context's dictionary.
    if origin != nil || context.remoteOrigin != nil { context.remoteOrigin = origin }
  }

  /// What the carrier says about the trace: by `b3` first, then by `X-B3-*`, then by `traceparent`. A header that breaks a
  /// rule counts as absent, so the next one is asked; with none left the answer is `nil`, and a new trace begins.
  ///
  /// Where B3 and `traceparent` name the same trace, `tracestate` is kept with it: B3 has no place for it.
  /// Trust is not asked for here: this is what was said, not what is done with it.
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
      guard var context = extractW3C(from: carrier, using: extractor) else { return (nil, nil) }
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

  // MARK: - Writing

  /// Writes a span's context, and the baggage where that format is on.
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
      case .baggage:
        inject(baggage, into: &carrier, using: injector)
      }
    }
  }

  /// Writes what a carrier said, to pass it on as it came: the caller's span, or its decision alone. W3C has no header for
  /// the latter.
  public func inject<I: Injector>(
    _ extracted: ExtractedContext, baggage: Baggage? = nil, into carrier: inout I.Carrier, using injector: I
  ) {
    switch extracted {
    case .context(let context): inject(context, baggage: baggage, into: &carrier, using: injector)
    case .samplingOnly(let decision): inject(samplingOnly: decision, baggage: baggage, into: &carrier, using: injector)
    }
  }

  /// Writes a decision without ids in the B3 formats that are on (`b3: 0`); W3C has no header for it, and an undecided one
  /// writes nothing.
  public func inject<I: Injector>(
    samplingOnly decision: SamplingDecision, baggage: Baggage? = nil, into carrier: inout I.Carrier, using injector: I
  ) {
    for format in formats {
      switch format {
      case .b3, .b3WithoutParent:
        if let value = decision.b3Value { injector.inject(value, forKey: Header.b3, into: &carrier) }
      case .b3multi:
        B3MultiHeaders.inject(decision, into: &carrier, using: injector)
      case .tracecontext:
        break
      case .baggage:
        inject(baggage, into: &carrier, using: injector)
      }
    }
  }
}

/// The names of the headers, in lower case as W3C and HTTP/2 want them.
enum Header {
  static let b3 = "b3"
  static let traceparent = "traceparent"
  static let tracestate = "tracestate"
  static let baggage = "baggage"
}

extension PropagationFormat {
  /// Whether writing both would write one header twice: some injectors add a second one instead of replacing the first.
  fileprivate func sharesHeader(with other: PropagationFormat) -> Bool {
    if self == other { return true }
    let single: [PropagationFormat] = [.b3, .b3WithoutParent]
    return single.contains(self) && single.contains(other)
  }
}
