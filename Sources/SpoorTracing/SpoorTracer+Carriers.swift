public import SpoorContext
public import Tracing

/// What becomes of a trace that a message or a row carries.
public enum CarriedTrace: Sendable {
  /// The next span is a child of the one that was carried.
  case continued
  /// The next span begins a new trace and links the one that was carried: for batches, for work that others only asked
  /// for, for a sender who is not trusted. Its decision and its baggage are passed over.
  case linked
}

extension TracePropagator {
  /// Writes what a context has: the span that is active in it, else what a carrier brought, and its baggage.
  public func inject<Inject: Injector>(
    _ context: ServiceContext, into carrier: inout Inject.Carrier, using injector: Inject
  ) {
    let baggage = context.baggage
    if let traceContext = context.traceContext {
      inject(traceContext, baggage: baggage, into: &carrier, using: injector)
    } else {
      let decision = context.remoteTraceContext?.sampling ?? .undecided
      inject(samplingOnly: decision, baggage: baggage, into: &carrier, using: injector)
    }
  }
}

extension SpoorTracer {
  /// The headers to store with a message or a row, so that whoever takes it up later, in whatever process, can continue
  /// the trace or link it.
  ///
  /// ```swift
  /// message.headers = spoor.tracer.inject()
  /// ```
  /// - Parameter context: by default the current one. Empty outside a trace.
  public func inject(_ context: ServiceContext? = nil) -> [String: String] {
    var headers: [String: String] = [:]
    propagator.inject(context ?? .current ?? .topLevel, into: &headers, using: HeaderDictionary())
    return headers
  }

  /// The same as one text, for a column or a property of its own; `nil` outside a trace, and where `OTEL_PROPAGATORS` is
  /// `none`.
  ///
  /// At most some 90 bytes, unless there is baggage or another system's `tracestate`, which take what they take.
  public func injectText(_ context: ServiceContext? = nil) -> String? {
    let context = context ?? .current ?? .topLevel
    return context.traceContext.flatMap { propagator.text(for: $0, baggage: context.baggage) }
  }

  /// The context to start a consumer's span in.
  ///
  /// ```swift
  /// let context = spoor.tracer.extract(message.headers)
  /// withSpan("handle order", context: context, ofKind: .consumer) { … }
  /// ```
  /// What is invalid counts as absent: a new trace begins. The sender is asked for by ``TrustedPeers`` as a caller is.
  ///
  /// - Parameters:
  ///   - headers: as `inject` made them, or any other B3 or W3C headers; names are found in any case.
  ///   - trace: whether the trace is continued or linked.
  ///   - context: what else the span is to have, by default nothing. A span that is active in it is no parent then.
  public func extract(
    _ headers: [String: String], as trace: CarriedTrace = .continued, into context: ServiceContext = .topLevel
  ) -> ServiceContext {
    var context = context
    switch trace {
    case .continued:
      extract(headers, into: &context, using: HeaderDictionary())
    case .linked:
      SpanContextTable.removeSpan(from: &context)
      context.remoteOrigin = propagator.extract(from: headers)?.traceContext.map { RemoteOrigin(links: [$0]) }
    }
    return context
  }

  /// The same from one text: what ``injectText(_:)`` made, a bare `b3` or a bare `traceparent`.
  public func extract(
    text: String, as trace: CarriedTrace = .continued, into context: ServiceContext = .topLevel
  ) -> ServiceContext {
    extract(propagator.headers(inText: text), as: trace, into: context)
  }

  /// The context to start the one span of a batch in: a new trace that links the senders of all of its messages.
  public func extract<Batch: Sequence<[String: String]>>(
    linking messages: Batch, into context: ServiceContext = .topLevel
  ) -> ServiceContext {
    var context = context
    SpanContextTable.removeSpan(from: &context)
    let links = messages.compactMap { propagator.extract(from: $0)?.traceContext }
    context.remoteOrigin = links.isEmpty ? nil : RemoteOrigin(links: links)
    return context
  }
}
