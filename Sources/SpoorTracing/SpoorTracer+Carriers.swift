// SPDX-License-Identifier: Apache-2.0

public import SpoorContext
public import Tracing

/// How a span relates to the trace that a message or a row carries.
public enum CarriedTrace: Sendable {
  /// The next span is a child of the one that was carried.
  case continued
  /// The next span begins a new trace and links to the carried one: for batches, for deferred work, and for an
  /// untrusted sender. The sender's sampling decision and baggage are ignored.
  case linked
}

extension TracePropagator {
  /// Writes the active span of a context, or its extracted remote context, and its baggage.
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
  /// Returns the headers to store with a message or a row, so that its consumer can continue or link the trace.
  ///
  /// ```swift
  /// message.headers = spoor.tracer.inject()
  /// ```
  /// - Parameter context: the context to write; by default the current one.
  /// - Returns: the headers; empty outside a trace.
  public func inject(_ context: ServiceContext? = nil) -> [String: String] {
    var headers: [String: String] = [:]
    propagator.inject(context ?? .current ?? .topLevel, into: &headers, using: HeaderDictionary())
    return headers
  }

  /// Returns the headers as one text, for a column or a single property; `nil` outside a trace, and if
  /// `OTEL_PROPAGATORS` is `none`.
  ///
  /// The text has at most about 90 bytes, plus baggage and the `tracestate` of other systems.
  public func injectText(_ context: ServiceContext? = nil) -> String? {
    let context = context ?? .current ?? .topLevel
    return context.traceContext.flatMap { propagator.text(for: $0, baggage: context.baggage) }
  }

  /// Returns the context in which to start a consumer's span.
  ///
  /// ```swift
  /// let context = spoor.tracer.extract(message.headers)
  /// withSpan("handle order", context: context, ofKind: .consumer) { … }
  /// ```
  /// Invalid headers count as absent, and a new trace begins. ``TrustedPeers`` applies to the sender as it does to a
  /// caller.
  ///
  /// - Parameters:
  ///   - headers: the headers from `inject`, or any other B3 or W3C headers; names match in any case.
  ///   - trace: whether the trace is continued or linked.
  ///   - context: the context to extend; by default an empty one. A span that is active in it does not become the
  ///     parent.
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

  /// Returns the context for a consumer's span from one text: that of ``injectText(_:)``, a bare `b3` or a bare
  /// `traceparent`.
  public func extract(
    text: String, as trace: CarriedTrace = .continued, into context: ServiceContext = .topLevel
  ) -> ServiceContext {
    extract(propagator.headers(inText: text), as: trace, into: context)
  }

  /// Returns the context for the one span of a batch: a new trace that links to the senders of all its messages.
  public func extract<Batch: Sequence<[String: String]>>(
    linking messages: Batch, into context: ServiceContext = .topLevel
  ) -> ServiceContext {
    var context = context
    SpanContextTable.removeSpan(from: &context)
    let links = messages.compactMap { propagator.extract(from: $0)?.traceContext }
    context.remoteOrigin = links.isEmpty ? nil : RemoteOrigin(links: links)
    return context
  }

  /// Returns the context that the parent process passed on in `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`.
  ///
  /// ```swift
  /// let context = spoor.tracer.extract(environment: ProcessInfo.processInfo.environment)
  /// try await withSpan("nightly report", context: context) { … }
  /// ```
  /// It is not read by itself, because the requests of a server do not belong to the trace of whatever started it.
  /// Invalid values count as absent, and a new trace begins. Trusted peers do not matter here.
  public func extract(
    environment: [String: String], into context: ServiceContext = .topLevel
  ) -> ServiceContext {
    var context = context
    SpanContextTable.removeSpan(from: &context)
    propagator.extract(fromEnvironment: environment, into: &context)
    return context
  }

  /// Returns the environment for a process that this one starts, so that its spans belong to the trace.
  ///
  /// ```swift
  /// process.environment = spoor.tracer.environment(extending: ProcessInfo.processInfo.environment)
  /// ```
  /// `TRACEPARENT`, `TRACESTATE` and `BAGGAGE` are those of the context. Where it has none, variables that this process
  /// inherited are removed, because they name another span.
  ///
  /// - Parameters:
  ///   - environment: the variables to pass on, usually those of this process.
  ///   - context: the context to write; by default the current one.
  public func environment(
    extending environment: [String: String], for context: ServiceContext? = nil
  ) -> [String: String] {
    let context = context ?? .current ?? .topLevel
    return propagator.environment(
      for: context.traceContext, baggage: context.baggage,
      extending: environment)
  }
}
